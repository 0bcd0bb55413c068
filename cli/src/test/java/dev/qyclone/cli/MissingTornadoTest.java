package dev.qyclone.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.stage.BackendProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program with the TornadoVM backend on its class path, in a JVM without TornadoVM's flags. */
class MissingTornadoTest {
    @TempDir
    private Path temp;

    @Test
    void saysWhyADeviceIsNotThereAndWhatToDo() throws IOException, InterruptedException {
        Assumptions.assumeTrue(ServiceLoader.load(BackendProvider.class).stream().anyMatch(p -> p.type().getName().contains(".tasks.")),
                "module tasks was left out of this build: no TornadoVM SDK");
        Path err = temp.resolve("err.txt");
        Process process = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", System.getProperty("java.class.path"),
                "dev.qyclone.cli.Main", "run", "--quiet", "--device", "opencl:0:0", "Once")
                .redirectOutput(temp.resolve("out.txt").toFile()).redirectError(err.toFile()).start();
        assertTrue(process.waitFor(300, TimeUnit.SECONDS), "it hangs");
        List<String> lines = Files.readAllLines(err);
        assertEquals(ExitCode.FAILED, process.exitValue(), lines.toString());
        assertEquals("", Files.readString(temp.resolve("out.txt")));
        String last = lines.getLast();
        assertTrue(last.contains("device opencl:0:0 is not there: expected one of cpu"), lines.toString());
        assertTrue(last.contains("those of tornado are missing: this JVM was started without TornadoVM's flags"), lines.toString());
        assertTrue(last.contains("start with ./qyclone"), lines.toString());
        assertTrue(lines.stream().noneMatch(line -> line.contains("Exception")), lines.toString());
    }
}
