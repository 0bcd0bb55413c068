package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.Golden;
import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.generation.Session;
import dev.qyclone.engine.generation.SessionOptions;
import dev.qyclone.engine.model.AttentionConfig;
import dev.qyclone.engine.model.DualChunk;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.model.RopeScaling;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageOptions;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What attention does beyond the plain form, through a whole model on a device, against the reference ops. */
@Tag("device")
class DeviceAttentionTest {
    private static final double TOLERANCE = 2e-5;
    private static final int CONTEXT = 160;
    private static final int PROMPT = 110;
    private static final int[] TEXT = IntStream.range(0, CONTEXT).map(i -> (i * 31 + i / 7) % 256).toArray();

    /** Chunks of 24 positions and 8 more: own, neighbouring and older chunks all occur, in a prompt and in what follows. */
    @ParameterizedTest
    @CsvSource({"true,0", "false,0", "false,40"})
    void dualChunks(boolean paper, int originalContext) {
        requireAsReference(new AttentionConfig(new RopeScaling.None(), 0, new DualChunk(32, 8, originalContext, paper), List.of()));
    }

    /** A window on every other layer, narrower than the prompt. */
    @ParameterizedTest
    @CsvSource({"16", "33"})
    void windowsOnSomeLayers(int window) {
        int layers;
        try (Model model = ModelLoader.load(Golden.folder("qwen2-gqa"))) {
            layers = model.config().layers();
        }
        List<Integer> windows = IntStream.range(0, layers).mapToObj(layer -> layer % 2 == 0 ? window : 0).toList();
        requireAsReference(AttentionConfig.PLAIN.withWindows(windows));
    }

    private static void requireAsReference(AttentionConfig attention) {
        try (Engine reference = open(attention, "cpu:scalar"); Engine device = open(attention, DeviceUnderTest.require().id());
                Session wanted = session(reference); Session got = session(device)) {
            requireSame(wanted, got, Arrays.copyOf(TEXT, PROMPT));
            for (int i = PROMPT; i < PROMPT + 8; i++) {
                requireSame(wanted, got, new int[] {TEXT[i]});
            }
            requireSame(wanted, got, Arrays.copyOfRange(TEXT, PROMPT + 8, PROMPT + 29));
        }
    }

    private static void requireSame(Session wanted, Session got, int[] ids) {
        double error = Golden.relativeL2(got.append(ids, Session.Progress.NONE), wanted.append(ids, Session.Progress.NONE));
        assertTrue(error <= TOLERANCE, "relative L2 " + error + " at " + got.length());
    }

    private static Session session(Engine engine) {
        return engine.newSession(new SessionOptions(CONTEXT, 48));
    }

    private static Engine open(AttentionConfig attention, String id) {
        Backends backends = Backends.discover(new BackendOptions(1));
        Model model = ModelLoader.load(Golden.folder("qwen2-gqa")).withAttention(attention).withContext(CONTEXT);
        return Engine.open(model, backends, Placement.allOn(backends.device(id), model.config().layers(),
                StageOptions.DEFAULT.withBatch(48), "a test"));
    }
}
