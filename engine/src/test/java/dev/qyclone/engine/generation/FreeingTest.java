package dev.qyclone.engine.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.Golden;
import dev.qyclone.engine.cpu.CpuBackend;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.faulty.Fault;
import dev.qyclone.engine.faulty.FaultyBackend;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What one device cannot free keeps nothing open on another: layer 0 on the host, 1 on gpu:0, 2 and the output on nano:0. */
class FreeingTest {
    private static final String MODEL = "qwen2-gqa";
    private static final SessionOptions OPTIONS = new SessionOptions(128, 4);

    private final FaultyBackend first = new FaultyBackend("gpu:0");
    private final FaultyBackend second = new FaultyBackend("nano:0");

    private Engine open() {
        Backends backends = new Backends(List.of(new CpuBackend.Provider().create(new BackendOptions(1)), first, second));
        List<Device> devices = List.of(backends.device("cpu:scalar"), first.device(), second.device());
        List<Placement.Run> runs = new ArrayList<>();
        for (int layer = 0; layer < devices.size(); layer++) {
            runs.add(new Placement.Run(layer, 1, devices.get(layer), StageOptions.DEFAULT, "a test"));
        }
        Model model = ModelLoader.load(Golden.folder(MODEL));
        return Engine.open(model, backends, new Placement(devices.getFirst(), runs, second.device(), StageOptions.DEFAULT));
    }

    private static void append(Session session, int from, int to) {
        session.append(IntStream.range(from, to).map(i -> i * 7 % 200).toArray(), Session.Progress.NONE);
    }

    @Test
    void whatCannotBeClosedKeepsNothingElseOpen() {
        Engine engine = open();
        Session session = engine.newSession(OPTIONS);
        append(session, 0, 10);
        assertEquals(2, first.openThings()); // layers, cache
        assertEquals(3, second.openThings()); // layers, cache, output
        first.put(new Fault.FailingClose());
        assertThrows(IllegalStateException.class, session::close);
        assertEquals(1, first.openThings());
        assertEquals(2, second.openThings());
        second.put(new Fault.FailingClose());
        IllegalStateException e = assertThrows(IllegalStateException.class, engine::close);
        assertEquals(2, e.getSuppressed().length, "layers and output of the second device");
        assertEquals(0, first.openThings() + second.openThings());
        assertThrows(IllegalStateException.class, () -> engine.model().outputNorm().toFloats(), "the model is still open");
    }

    @Test
    void aSessionThatCannotForgetGivesItsCachesBackAndBeginsAnew() {
        try (Engine engine = open(); Session session = engine.newSession(OPTIONS)) {
            append(session, 0, 10);
            first.put(new Fault.Lost());
            EngineException e = assertThrows(EngineException.class, () -> append(session, 10, 20));
            assertEquals(ErrorCode.DEVICE_FAILED, e.code());
            assertEquals(1, first.openThings());
            assertEquals(2, second.openThings());
            first.heal();
            append(session, 10, 20);
            assertEquals(20, session.length());
            assertEquals(5, first.openThings() + second.openThings());
        }
        assertEquals(0, first.openThings() + second.openThings());
    }

    @Test
    void aPrefixThatFindsNoRoomIsNotKeptAndNoFailure() {
        try (Engine engine = open(); PrefixCache prefixes = new PrefixCache(Long.MAX_VALUE);
                Session session = engine.newSession(OPTIONS, prefixes)) {
            append(session, 0, 10);
            assertEquals(1, prefixes.size());
            append(session, 10, 20);
            int open = first.openThings();
            second.put(new Fault.NoRoomForCaches());
            session.keepPrefix();
            assertEquals(0, prefixes.size());
            assertTrue(first.openThings() < open, "the shorter prefix went, and no copy of the longer one stays");
        }
    }
}
