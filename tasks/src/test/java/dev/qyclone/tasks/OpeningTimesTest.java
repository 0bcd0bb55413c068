package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.Golden;
import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.generation.Session;
import dev.qyclone.engine.generation.SessionOptions;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.stage.Backend;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.OpeningTimes;
import dev.qyclone.engine.stage.Placement;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a device's opening is made of. How long anything takes is asserted nowhere. */
@Tag("device")
class OpeningTimesTest {
    private static final int[] PROMPT = {1, 2, 3, 4, 5, 6, 7, 8};

    @TempDir
    private Path checks;

    @Test
    void compilationIsCountedWhereItHappensAndOnlyWhenAsked() {
        BackendOptions plain = new BackendOptions(2, false, checks);
        Backend untimed = new TornadoProvider().create(plain);
        float[] expected;
        try (Engine engine = open(untimed); Session session = engine.newSession(new SessionOptions(32, 8))) {
            session.append(PROMPT, Session.Progress.NONE);
            expected = session.append(new int[] {9}, Session.Progress.NONE).clone();
            assertEquals(Optional.empty(), untimed.openingTimes());
        }

        open(new TornadoProvider().create(plain)).close(); // its kernels of before pass their check, too
        Backend timed = new TornadoProvider().create(plain.withTimedOpening());
        try (Engine engine = open(timed); Session session = engine.newSession(new SessionOptions(32, 8))) {
            OpeningTimes opened = timed.openingTimes().orElseThrow();
            assertTrue(opened.compileNanos() > 0 && opened.uploadNanos() > 0, opened.toString());
            session.append(PROMPT, Session.Progress.NONE);
            assertEquals(opened, timed.openingTimes().orElseThrow(), "the prompt's graphs were compiled before");
            float[] got = session.append(new int[] {9}, Session.Progress.NONE).clone();
            OpeningTimes single = timed.openingTimes().orElseThrow().since(opened);
            assertTrue(single.compileNanos() > 0, "graphs for single tokens are compiled for the first of them");
            session.append(new int[] {10}, Session.Progress.NONE);
            assertEquals(single, timed.openingTimes().orElseThrow().since(opened));
            assertArrayEquals(expected, got);
        }
    }

    private static Engine open(Backend backend) {
        var device = DeviceUnderTest.require();
        Model model = ModelLoader.load(Golden.folder("qwen2-gqa"));
        return Engine.open(model, new Backends(List.of(backend)), Placement.allOn(device, model.config().layers(), "test"));
    }
}
