package dev.qyclone.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.cli.FakeCheckout.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher script: JDK, build, arguments. */
class LauncherTest {
    @TempDir
    private Path temp;
    private FakeCheckout checkout;

    @BeforeEach
    void layOutACheckout() throws IOException {
        checkout = new FakeCheckout(temp);
    }

    @Test
    void handsArgumentsAndExitCodeThrough() throws IOException, InterruptedException {
        Result result = checkout.launch("run", "Once upon a time", "", "*", "$HOME");
        assertEquals(7, result.code(), result.err());
        assertTrue(result.out().startsWith("java of jdk 25\n<--add-modules>\n<jdk.incubator.vector>\n<--enable-native-access=ALL-UNNAMED>"),
                result.out());
        assertTrue(result.out().endsWith("cli/target/qyclone.jar>\n<dev.qyclone.cli.Main>\n<run>\n<Once upon a time>\n<>\n<*>\n<$HOME>\n"),
                result.out());
    }

    @Test
    void buildsOnceAndAgainWhenASourceIsNewer() throws IOException, InterruptedException {
        Result first = checkout.launch();
        assertEquals(1, first.err().lines().count(), first.err());
        assertTrue(first.err().contains("building"), first.err());
        assertEquals("", checkout.launch().err());
        assertEquals(1, checkout.builds().size());
        Files.setLastModifiedTime(checkout.source, FileTime.from(Instant.now().plusSeconds(60)));
        checkout.launch();
        assertEquals(2, checkout.builds().size());
    }

    @Test
    void showsWhyABuildFailed() throws IOException, InterruptedException {
        checkout.maven("#!/bin/sh\necho '[ERROR] A.java: no such thing'\nexit 1\n");
        Result result = checkout.launch("run");
        assertEquals(1, result.code());
        assertEquals("", result.out());
        assertTrue(result.err().contains("A.java: no such thing") && result.err().contains("the build failed"), result.err());
    }

    @Test
    void worksThroughSymbolicLinks() throws IOException, InterruptedException {
        Path folder = Files.createDirectories(temp.resolve("bin dir"));
        Path first = Files.createSymbolicLink(folder.resolve("one"), Path.of("../a home with spaces/qyclone"));
        Path second = Files.createSymbolicLink(temp.resolve("two"), first);
        Result result = checkout.launch(second, Map.of(), "x");
        assertTrue(result.out().endsWith("<x>\n"), result.out() + result.err());
    }

    @Test
    void passesOverAJdkThatIsTooOld() throws IOException, InterruptedException {
        Path old = checkout.jdk("jdk 17", "17.0.15");
        String path = checkout.jdk.resolve("bin") + ":" + System.getenv("PATH");
        Result result = checkout.launch(Map.of("JAVA_HOME", old.toString(), "PATH", path), "x");
        assertTrue(result.out().startsWith("java of jdk 25\n"), result.out() + result.err());
    }

    @Test
    void takesOptionsForTheJvm() throws IOException, InterruptedException {
        Result result = checkout.launch(Map.of("QYCLONE_JAVA_OPTS", "-Xmx4g -Da=b"), "x");
        assertTrue(result.out().contains("<-Xmx4g>\n<-Da=b>\n<-cp>\n"), result.out());
    }

    /** Without these the compiler boxes vectors, depending on what was compiled before: SteadyDecodeTest fails. */
    @Test
    void keepsTheCompilerFromBoxingVectors() throws IOException, InterruptedException {
        Result result = checkout.launch(Map.of(), "x");
        assertTrue(result.out().contains("<-XX:-UseBimorphicInlining>\n<-XX:TypeProfileMajorReceiverPercent=100>\n"), result.out());
    }
}
