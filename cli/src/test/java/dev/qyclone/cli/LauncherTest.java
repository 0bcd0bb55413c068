package dev.qyclone.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher script in a checkout of its own, with a JDK and a Maven that only write down how they were called. */
class LauncherTest {
    private static final String SCRIPT = "qyclone";

    @TempDir
    private Path temp;
    private Path home;
    private Path jdk;
    private Path source;

    private record Result(int code, String out, String err) {
    }

    @BeforeEach
    void layOutACheckout() throws IOException {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/bin/bash")) || Files.isExecutable(Path.of("/usr/bin/bash")), "no bash here");
        Path script = Path.of("").toAbsolutePath().resolve("..").resolve(SCRIPT).normalize();
        home = Files.createDirectories(temp.resolve("a home with spaces"));
        Files.copy(script, home.resolve(SCRIPT));
        source = Files.writeString(Files.createDirectories(home.resolve("cli/src/main/java")).resolve("A.java"), "class A { }");
        Files.writeString(home.resolve("pom.xml"), "<project/>");
        jdk = fakeJdk("jdk 25", "25.0.3");
        executable(home.resolve("mvnw"), """
                #!/bin/sh
                echo "$JAVA_HOME $*" >> builds.txt
                mkdir -p cli/target/lib && touch cli/target/qyclone.jar
                """);
    }

    private Path fakeJdk(String name, String version) throws IOException {
        Path folder = Files.createDirectories(temp.resolve(name));
        Files.createDirectories(folder.resolve("bin"));
        Files.writeString(folder.resolve("release"), "IMPLEMENTOR=\"Nobody\"\nJAVA_VERSION=\"" + version + "\"\n");
        executable(folder.resolve("bin/java"),
                "#!/bin/sh\necho \"java of " + name + "\"\nfor a in \"$@\"; do echo \"<$a>\"; done\nexit 7\n");
        executable(folder.resolve("bin/javac"), "#!/bin/sh\n");
        return folder;
    }

    private static void executable(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Result launch(Path script, Map<String, String> environment, String... args) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("bash", script.toString()));
        command.addAll(List.of(args));
        Path out = temp.resolve("out.txt");
        Path err = temp.resolve("err.txt");
        ProcessBuilder builder = new ProcessBuilder(command).directory(Path.of("/").toFile())
                .redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the launcher hangs");
        return new Result(process.exitValue(), Files.readString(out), Files.readString(err, StandardCharsets.UTF_8));
    }

    private Result launch(String... args) throws IOException, InterruptedException {
        return launch(home.resolve(SCRIPT), Map.of("JAVA_HOME", jdk.toString()), args);
    }

    private long builds() throws IOException {
        Path record = home.resolve("builds.txt");
        return Files.exists(record) ? Files.readAllLines(record).size() : 0;
    }

    @Test
    void handsArgumentsAndExitCodeThrough() throws IOException, InterruptedException {
        Result result = launch("run", "Once upon a time", "", "*", "$HOME");
        assertEquals(7, result.code(), result.err());
        assertTrue(result.out().startsWith("java of jdk 25\n<--add-modules>\n<jdk.incubator.vector>\n<--enable-native-access=ALL-UNNAMED>"),
                result.out());
        assertTrue(result.out().endsWith("cli/target/qyclone.jar>\n<run>\n<Once upon a time>\n<>\n<*>\n<$HOME>\n"), result.out());
    }

    @Test
    void buildsOnceAndAgainWhenASourceIsNewer() throws IOException, InterruptedException {
        Result first = launch();
        assertEquals(1, first.err().lines().count(), first.err());
        assertTrue(first.err().contains("building"), first.err());
        assertEquals("", launch().err());
        assertEquals(1, builds());
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));
        launch();
        assertEquals(2, builds());
    }

    @Test
    void showsWhyABuildFailed() throws IOException, InterruptedException {
        executable(home.resolve("mvnw"), "#!/bin/sh\necho '[ERROR] A.java: no such thing'\nexit 1\n");
        Result result = launch("run");
        assertEquals(1, result.code());
        assertEquals("", result.out());
        assertTrue(result.err().contains("A.java: no such thing") && result.err().contains("the build failed"), result.err());
    }

    @Test
    void worksThroughSymbolicLinks() throws IOException, InterruptedException {
        Path folder = Files.createDirectories(temp.resolve("bin dir"));
        Path first = Files.createSymbolicLink(folder.resolve("one"), Path.of("../a home with spaces/qyclone"));
        Path second = Files.createSymbolicLink(temp.resolve("two"), first);
        Result result = launch(second, Map.of("JAVA_HOME", jdk.toString()), "x");
        assertTrue(result.out().endsWith("<x>\n"), result.out() + result.err());
    }

    @Test
    void passesOverAJdkThatIsTooOld() throws IOException, InterruptedException {
        Path old = fakeJdk("jdk 17", "17.0.15");
        String path = jdk.resolve("bin") + ":" + System.getenv("PATH");
        Result result = launch(home.resolve(SCRIPT), Map.of("JAVA_HOME", old.toString(), "PATH", path), "x");
        assertTrue(result.out().startsWith("java of jdk 25\n"), result.out() + result.err());
    }

    @Test
    void takesOptionsForTheJvm() throws IOException, InterruptedException {
        Result result = launch(home.resolve(SCRIPT), Map.of("JAVA_HOME", jdk.toString(), "QYCLONE_JAVA_OPTS", "-Xmx4g -Da=b"), "x");
        assertTrue(result.out().contains("<-Xmx4g>\n<-Da=b>\n<-jar>\n"), result.out());
    }
}
