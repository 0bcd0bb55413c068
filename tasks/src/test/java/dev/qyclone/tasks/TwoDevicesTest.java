package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.stage.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stages on two devices: PoCL shows two of the CPU where it is asked to, in a JVM of its own. */
@Tag("device")
class TwoDevicesTest {
    private static final Path FLAGS = Path.of("target/tornado.argfile");

    @TempDir
    private Path folder;

    @Test
    void stagesOnTwoDevicesGiveTheSameIds() throws IOException, InterruptedException {
        Device device = DeviceUnderTest.require();
        boolean pocl = device.vendor().contains("Portable Computing Language");
        Assumptions.assumeTrue(pocl, "two devices need PoCL, this is " + device.vendor());
        Path out = folder.resolve("two.out");
        ProcessBuilder builder = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin/java").toString(), "@" + FLAGS,
                "--add-modules=jdk.incubator.vector", "-Xmx1g", "-cp", System.getProperty("java.class.path"), TwoDevicesRun.class.getName())
                .redirectErrorStream(true).redirectOutput(out.toFile());
        builder.environment().put("POCL_DEVICES", "pthread basic");
        Process process = builder.start();
        boolean ended = process.waitFor(15, TimeUnit.MINUTES);
        process.destroyForcibly();
        assertTrue(ended, "it hangs");
        String said = Files.readString(out);
        assertEquals(0, process.exitValue(), said);
        assertTrue(said.contains(TwoDevicesRun.DONE), said);
    }
}
