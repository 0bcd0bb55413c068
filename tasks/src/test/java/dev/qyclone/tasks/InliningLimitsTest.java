package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.tensor.TensorType;
import dev.qyclone.tasks.ProductCase.Does;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which JVMs may multiply weights of two types in one launch, and that Graal reads the properties that say so. */
class InliningLimitsTest {
    private static final Path FLAGS = Path.of("target/tornado.argfile");

    @TempDir
    private Path folder;

    /** The tests' JVM has the launcher's flags, as the benchmarks' forks have. */
    @Test
    void theLaunchersFlagsRaiseThem() {
        assertTrue(InliningLimits.areRaised(System::getProperty), System.getProperties().toString());
        assertEquals(InliningLimits.NEEDED_SIZE, Integer.parseInt(System.getProperty(InliningLimits.SIZE)), "no more than what is needed");
    }

    @ParameterizedTest
    @CsvSource({"10000,0,true", "200000,0,true", "9999,0,false", "300,0,false", "-50000,0,false", "1e9,0,false", "99999999999,0,false",
            "'',0,false", ",0,false", "10000,1000,false", "10000,,false", ",,false"})
    void bothAreAsked(String size, String calls, boolean raised) {
        Map<String, String> properties = new HashMap<>();
        properties.put(InliningLimits.SIZE, size);
        properties.put(InliningLimits.CALLS, calls);
        assertEquals(raised, InliningLimits.areRaised(properties::get));
    }

    /** In a JVM of its own, since Graal reads them once: with a limit of 20 nodes nothing is inlined. */
    @Test
    @Tag("device")
    void graalReadsTheProperty() throws IOException, InterruptedException {
        DeviceUnderTest.require();
        Path out = folder.resolve("limited.out");
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin/java").toString(), "@" + FLAGS,
                "-D" + InliningLimits.SIZE + "=10", "-Xmx1g", "-cp", System.getProperty("java.class.path"), Limited.class.getName())
                .redirectErrorStream(true).redirectOutput(out.toFile()).start();
        boolean ended = process.waitFor(5, TimeUnit.MINUTES);
        process.destroyForcibly();
        assertTrue(ended, "it hangs");
        String said = Files.readString(out);
        assertFalse(process.exitValue() == 0, said);
        assertTrue(said.contains("cannot be inlined: node count") && said.contains("exceeds limit (20)"), said);
    }

    /** A product of one type, whose kernel compiles with Graal's defaults. */
    static final class Limited {
        private Limited() {
        }

        public static void main(String[] args) {
            try (ProductCase one = new ProductCase(List.of(TensorType.Q8_0), List.of(20), 64)) {
                one.runOnDevice(ProductSteps.Form.LANES, Does.ADD, null);
            }
        }
    }
}
