package dev.qyclone.bench.tokens;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.TinyModel;
import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.generation.Session;
import dev.qyclone.engine.generation.SessionOptions;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.stage.Backend;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.engine.tensor.TensorType;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Launches and the rest of a token's time, with invented launches: nothing depends on how long anything takes. */
class DeviceTimerTest {
    private static final TokenTest PROMPT = new TokenTest(4, 0, 0);

    @TempDir
    private Path folder;

    private static Backend host() {
        return Backends.discover(new BackendOptions(1)).all().stream().filter(backend -> backend.name().equals("cpu")).findFirst()
                .orElseThrow();
    }

    private Engine open(boolean outputOnHost) {
        Model model = ModelLoader.load(TinyModel.write(folder, TensorType.F32));
        Backend launching = new LaunchingBackend(host());
        Backend host = host();
        var device = launching.devices().getFirst();
        var run = new Placement.Run(0, model.config().layers(), device, StageOptions.DEFAULT, "a test");
        var output = outputOnHost ? host.devices().getFirst() : device;
        Placement placement = new Placement(device, List.of(run), output, StageOptions.DEFAULT);
        return Engine.open(model, new Backends(List.of(launching, host)), placement);
    }

    private static DeviceTime time(Engine engine) {
        DeviceTimer timer = new DeviceTimer(engine);
        assertTrue(timer.useful());
        assertEquals(DeviceTime.NONE, timer.time());
        try (Session session = engine.newSession(new SessionOptions(16, 4))) {
            CellRun run = new CellRun(PROMPT, 4, PromptFlow.PIPELINED, TinyModel.VOCAB, List.of(session));
            timer.pair(run, PROMPT.tokens());
            timer.pair(run, PROMPT.tokens());
        }
        return timer.time();
    }

    @Test
    void aTokensShareOfACallIsCountedOnceAndTheRestIsTheHosts() {
        try (Engine engine = open(false)) {
            DeviceTime time = time(engine);
            assertEquals(LaunchingBackend.KERNELS / 4.0, time.launches());
            assertEquals(1 / 4.0, time.kernelNanos());
            assertTrue(time.hostNanos() > 0);
            assertEquals(time.hostNanos() * 4 / LaunchingBackend.KERNELS, time.hostNanosPerLaunch(), 1e-6);
        }
    }

    @Test
    void whereTheHostComputesTooTheRestIsNotKnown() {
        try (Engine engine = open(true)) {
            DeviceTime time = time(engine);
            assertEquals(1 / 4.0, time.kernelNanos());
            assertTrue(Double.isNaN(time.hostNanos()) && Double.isNaN(time.hostNanosPerLaunch()));
        }
    }

    @Test
    void theHostLaunchesNothing() {
        try (Engine engine = Engine.open(TinyModel.write(folder, TensorType.F32), "cpu")) {
            assertFalse(new DeviceTimer(engine).useful());
        }
    }
}
