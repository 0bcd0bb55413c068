package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.stage.Availability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Why TornadoVM cannot run, with invented JVMs. */
class TornadoRuntimeCheckTest {
    private static final Path SDK = Path.of("/opt/sdk");
    private static final Map<String, String> FLAGS = Map.of(TornadoRuntimeCheck.BAILOUT, "False",
            TornadoRuntimeCheck.PARALLEL, "uk.ac.manchester.tornado.api.annotations.Parallel");

    private static Availability.Missing missing(boolean started, Path sdk, Map<String, String> properties) {
        return assertInstanceOf(Availability.Missing.class, TornadoRuntimeCheck.availability(started, sdk, properties::get));
    }

    private static Map<String, String> with(String name, String value) {
        Map<String, String> changed = new HashMap<>(FLAGS);
        changed.put(name, value);
        return changed;
    }

    @Test
    void readyWithAllFlags() {
        assertInstanceOf(Availability.Ready.class, TornadoRuntimeCheck.availability(true, SDK, FLAGS::get));
        assertInstanceOf(Availability.Ready.class, TornadoRuntimeCheck.availability(true, null, FLAGS::get));
        assertInstanceOf(Availability.Ready.class,
                TornadoRuntimeCheck.availability(true, SDK, with(TornadoRuntimeCheck.BAILOUT, "false")::get));
    }

    @Test
    void withoutAnSdk() {
        Availability.Missing missing = missing(false, null, Map.of());
        assertTrue(missing.reason().contains("no TornadoVM SDK is installed"), missing.reason());
        assertTrue(missing.remedy().contains("sdk install tornadovm " + TornadoRuntimeCheck.BUILT_FOR), missing.remedy());
    }

    @Test
    void startedWithoutTheFlags() {
        Availability.Missing missing = missing(false, SDK, Map.of());
        assertTrue(missing.reason().contains("without TornadoVM's flags") && missing.reason().contains(SDK.toString()), missing.reason());
        assertTrue(missing.remedy().contains("./qyclone"), missing.remedy());
    }

    @Test
    void withTheBailOutOn() {
        for (String value : new String[] {"True", null, "no"}) {
            Availability.Missing missing = missing(true, SDK, with(TornadoRuntimeCheck.BAILOUT, value));
            assertTrue(missing.reason().contains("bail-out is on"), missing.reason());
            assertTrue(missing.remedy().contains("-Dtornado.recover.bailout=False"), missing.remedy());
        }
    }

    @Test
    void withoutTheNameOfTheParallelAnnotation() {
        Availability.Missing missing = missing(true, SDK, with(TornadoRuntimeCheck.PARALLEL, null));
        assertTrue(missing.reason().contains(TornadoRuntimeCheck.PARALLEL), missing.reason());
        assertTrue(missing.remedy().contains("api.annotations.Parallel"), missing.remedy());
    }

    @Test
    void saysWhenTheVersionIsNotTheOneItWasBuiltFor() {
        assertEquals("TornadoVM 5.2.0-jdk25", TornadoRuntimeCheck.versionNote("5.2.0-jdk25"));
        String other = TornadoRuntimeCheck.versionNote("7.0.1-jdk25");
        assertTrue(other.contains("7.0.1-jdk25") && other.contains("not the 5.2.0-jdk25"), other);
    }

    @Test
    void readsTheVersionOfAnSdk(@TempDir Path folder) throws IOException {
        Path release = Files.writeString(folder.resolve("tornado.release"), "version=5.2.1-jdk25\nbranch=UNKNOWN\n");
        assertEquals(Optional.of("5.2.1-jdk25"), TornadoRuntimeCheck.versionIn(release));
        assertEquals(Optional.empty(), TornadoRuntimeCheck.versionIn(Files.writeString(release, "branch=UNKNOWN\n")));
    }
}
