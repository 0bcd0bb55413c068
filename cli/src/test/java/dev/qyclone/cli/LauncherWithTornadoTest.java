package dev.qyclone.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.cli.FakeCheckout.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When the launcher gives a JVM the flags of TornadoVM, and when it does not. */
class LauncherWithTornadoTest {
    private static final String VERSION = "5.2.0-jdk25";
    private static final String IN_SDKMAN = ".sdkman/candidates/tornadovm/current";

    @TempDir
    private Path temp;
    private FakeCheckout checkout;

    @BeforeEach
    void layOutACheckout() throws IOException {
        checkout = new FakeCheckout(temp);
    }

    private static boolean hasFlags(Result result) {
        return result.out().contains("-Dtornado");
    }

    @Test
    void aMachineWithoutAnSdkStartsWithout() throws IOException, InterruptedException {
        Result result = checkout.launch("run", "x");
        assertFalse(hasFlags(result), result.out());
        assertTrue(checkout.builds().getFirst().contains("-P!tornado-sdkman,!tornado-home"), checkout.builds().toString());
        assertEquals("", checkout.launch("run", "x").err());
    }

    @Test
    void givesTheFlagsOfTheBackendsThatAreInstalled() throws IOException, InterruptedException {
        Path sdk = checkout.sdk(temp.resolve("an sdk"), VERSION, "opencl", "cuda");
        Result result = checkout.launch(Map.of("TORNADOVM_HOME", sdk.toString()), "run", "x");
        List<String> words = result.out().lines().toList();
        String tornado = sdk + "/share/java/tornado/tornado-";
        String classes = checkout.home + "/cli/target/qyclone.jar:" + Stream.of("api", "annotation", "runtime", "drivers-common",
                "drivers-cuda", "drivers-opencl").map(part -> tornado + part + "-" + VERSION + ".jar").collect(Collectors.joining(":"))
                + ":" + sdk + "/share/java/graalJars/word-25.0.2.jar";
        for (String flag : List.of("--class-path=" + classes, "--module-path=" + checkout.home + "/tasks/target/graal/compiler-25.0.2.jar",
                "--add-modules=qyclone.graal", "-XX:+EnableJVMCI", "-XX:hashCode=3", "-Dtornado.recover.bailout=False",
                "-XX:MaxDirectMemorySize=1024g", "--add-exports=jdk.internal.vm.ci/jdk.vm.ci.meta=ALL-UNNAMED,qyclone.graal",
                "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED,qyclone.graal",
                "--add-opens=java.base/opencl=ALL-UNNAMED,qyclone.graal", "--add-opens=java.base/cuda=ALL-UNNAMED,qyclone.graal",
                "-Dtornado.load.annotation.parallel=uk.ac.manchester.tornado.api.annotations.Parallel")) {
            assertTrue(words.contains("<" + flag + ">"), flag + " in\n" + result.out());
        }
        for (String none : List.of("# a word", "jdk.graal.compiler", "--upgrade-module-path", "<-jar>", "<-cp>")) {
            assertFalse(result.out().contains(none), result.out());
        }
        assertTrue(result.out().contains("<-Xmx1g>"), result.out());
        assertTrue(result.out().endsWith("<dev.qyclone.cli.Main>\n<run>\n<x>\n"), result.out());
        assertTrue(checkout.builds().getFirst().contains("-Dtornado.version=" + VERSION), checkout.builds().toString());
    }

    @Test
    void asksForLargePagesWhereTornadoRunsUnlessTheUserDecides() throws IOException, InterruptedException {
        checkout.sdk(temp.resolve(IN_SDKMAN), VERSION, "opencl");
        assertTrue(checkout.launch("run", "x").out().contains("tunables glibc.malloc.hugetlb=1\n"));
        assertTrue(checkout.launch(Map.of("GLIBC_TUNABLES", "glibc.malloc.hugetlb=0"), "run", "x").out()
                .contains("tunables glibc.malloc.hugetlb=0\n"));
        assertFalse(checkout.launch("--no-tornado", "run", "x").out().contains("tunables"));
    }

    @Test
    void buildsOnceMoreWhenAnSdkHasAppeared() throws IOException, InterruptedException {
        checkout.launch("run", "x");
        checkout.sdk(temp.resolve(IN_SDKMAN), VERSION, "opencl");
        assertTrue(hasFlags(checkout.launch("run", "x")));
        assertEquals(2, checkout.builds().size());
        Result third = checkout.launch("run", "x");
        assertTrue(hasFlags(third));
        assertEquals("", third.err());
        assertEquals(2, checkout.builds().size());
    }

    @Test
    void buildsOnceMoreWhenTheSdkHasAnotherCompiler() throws IOException, InterruptedException {
        Path sdk = checkout.sdk(temp.resolve(IN_SDKMAN), VERSION, "opencl");
        checkout.launch("run", "x");
        assertEquals("", checkout.launch("run", "x").err());
        Files.setLastModifiedTime(sdk.resolve("share/java/graalJars/compiler-25.0.2.jar"), FileTime.from(Instant.now().plusSeconds(60)));
        checkout.launch("run", "x");
        assertEquals(2, checkout.builds().size());
    }

    @Test
    void theFirstRunOnADeviceKeepsItsClassesAndLaterOnesTakeThem() throws IOException, InterruptedException {
        checkout.sdk(temp.resolve(IN_SDKMAN), VERSION, "opencl");
        Result first = checkout.launch("run", "--device", "opencl:0:0", "x");
        assertTrue(first.out().contains("<-XX:+RecordDynamicDumpInfo>\n"), first.out());
        Path archive = Path.of(first.out().lines().filter(line -> line.startsWith("keeps ")).findFirst().orElseThrow().substring(6));
        assertTrue(archive.startsWith(checkout.home.resolve("cli/target")), archive.toString());
        // Newer than the jar, whatever the steps of the file system's clock.
        Files.setLastModifiedTime(Files.createFile(archive), FileTime.from(Instant.now().plusSeconds(30)));
        for (Result later : List.of(checkout.launch("bench", "--device=cpu,cuda:0:1"), checkout.launch("devices"))) {
            assertTrue(later.out().contains("<-XX:SharedArchiveFile=" + archive + ">\n<-Xlog:cds*=off,aot*=off>\n"), later.out());
            assertFalse(later.out().contains("keeps "), later.out());
        }
        Files.setLastModifiedTime(checkout.home.resolve("cli/target/qyclone.jar"), FileTime.from(Instant.now().plusSeconds(60)));
        assertTrue(checkout.launch("chat", "--device", "opencl:0:0").out().contains("keeps " + archive), "an archive of another jar");
        assertFalse(Files.exists(archive));
    }

    @ParameterizedTest
    @ValueSource(strings = {"run x", "run --device cpu x", "run --device cpu:scalar x", "doctor --device opencl:0:0", "devices",
        "run --device opencl:0:0 --no-tornado x", "run -- --device opencl:0:0"})
    void whatRunsNoModelOnADeviceKeepsNoClasses(String line) throws IOException, InterruptedException {
        checkout.sdk(temp.resolve(IN_SDKMAN), VERSION, "opencl");
        Result result = checkout.launch(line.split(" "));
        assertFalse(result.out().contains("keeps ") || result.out().contains("RecordDynamicDumpInfo"), result.out());
    }

    @Test
    void noTornadoIsHeardBeforeAndAfterTheCommand() throws IOException, InterruptedException {
        checkout.sdk(temp.resolve(IN_SDKMAN), VERSION, "opencl");
        assertTrue(hasFlags(checkout.launch("run", "x")));
        Result before = checkout.launch("--no-tornado", "run", "x");
        Result after = checkout.launch("run", "x", "--no-tornado");
        for (Result result : List.of(before, after)) {
            assertFalse(hasFlags(result), result.out());
            assertTrue(result.out().contains("<--no-tornado>"), result.out());
            assertEquals("", result.err());
        }
        assertTrue(hasFlags(checkout.launch("run", "--", "--no-tornado")), "a text, not an option");
        assertEquals(1, checkout.builds().size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"--version", "inspect", "tokenize", "synth", "completion"})
    void whatRunsNoModelStartsWithoutTheFlagsAndBuildsAllTheSame(String command) throws IOException, InterruptedException {
        checkout.sdk(temp.resolve(IN_SDKMAN), VERSION, "opencl");
        assertFalse(hasFlags(checkout.launch(command)));
        assertTrue(hasFlags(checkout.launch("run", "x")));
        assertEquals(1, checkout.builds().size());
    }

    @Test
    void startsAnotherMainClassWithTheSameFlags() throws IOException, InterruptedException {
        Path sdk = checkout.sdk(temp.resolve("sdk"), VERSION, "opencl");
        Map<String, String> environment = Map.of("TORNADOVM_HOME", sdk.toString(), "QYCLONE_MAIN", "org.openjdk.jmh.Main");
        Result with = checkout.launch(environment, "MatVecBench", "-p", "a b");
        assertTrue(hasFlags(with), with.out());
        assertTrue(with.out().endsWith("<org.openjdk.jmh.Main>\n<MatVecBench>\n<-p>\n<a b>\n"), with.out());
        Result without = checkout.launch(environment, "--no-tornado", "MatVecBench", "-p", "a b");
        assertFalse(hasFlags(without), without.out());
        assertTrue(without.out().endsWith("<org.openjdk.jmh.Main>\n<MatVecBench>\n<-p>\n<a b>\n"), without.out());
    }

    @Test
    void anSdkForAnotherJavaIsSaidInOneLine() throws IOException, InterruptedException {
        checkout.sdk(temp.resolve(IN_SDKMAN), "5.2.0-jdk21", "opencl");
        checkout.launch("run", "x");
        Result result = checkout.launch("run", "x");
        assertFalse(hasFlags(result), result.out());
        assertEquals(1, result.err().lines().count(), result.err());
        assertTrue(result.err().contains("TornadoVM 5.2.0-jdk21") && result.err().contains("made for Java 21")
                && result.err().contains("is Java 25"), result.err());
        assertEquals(1, checkout.builds().size());
    }

    @Test
    void anotherVersionForTheSameJavaIsBuiltAgainst() throws IOException, InterruptedException {
        checkout.sdk(temp.resolve(IN_SDKMAN), "5.2.1-jdk25", "opencl");
        assertTrue(hasFlags(checkout.launch("run", "x")));
        assertTrue(checkout.builds().getFirst().contains("-Dtornado.version=5.2.1-jdk25"), checkout.builds().toString());
    }

    @Test
    void aBrokenSdkIsSaidInOneLine() throws IOException, InterruptedException {
        Path sdk = checkout.sdk(temp.resolve("broken sdk"), VERSION);
        Map<String, String> environment = Map.of("TORNADOVM_HOME", sdk.toString());
        checkout.launch(environment, "run", "x");
        Result noDriver = checkout.launch(environment, "run", "x");
        assertFalse(hasFlags(noDriver), noDriver.out());
        assertEquals(7, noDriver.code());
        assertEquals(1, noDriver.err().lines().count(), noDriver.err());
        assertTrue(noDriver.err().contains("is broken: no tornado-drivers-*.jar"), noDriver.err());
        Files.delete(sdk.resolve("share/java/tornado/tornado-runtime-" + VERSION + ".jar"));
        assertTrue(checkout.launch(environment, "run", "x").err().contains("tornado-runtime-*.jar"));
    }

    @Test
    void aHomeThatHoldsNoSdkIsSaid() throws IOException, InterruptedException {
        Map<String, String> environment = Map.of("TORNADOVM_HOME", temp.toString());
        checkout.launch(environment, "run", "x");
        Result result = checkout.launch(environment, "run", "x");
        assertFalse(hasFlags(result), result.out());
        assertTrue(result.err().contains("TORNADOVM_HOME") && result.err().contains("no etc/tornado.release"), result.err());
    }
}
