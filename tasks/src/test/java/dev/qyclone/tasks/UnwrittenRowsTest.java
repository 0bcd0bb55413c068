package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
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
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Keys and values are not uploaded: a row that no call has written holds anything, and whatever it holds must not count, not even
 * times zero. So all rows are NaN before the first token: the results are the goldens', and bit for bit those of rows of zeros.
 */
@Tag("device")
class UnwrittenRowsTest {
    private static final double TOLERANCE = 2e-5;
    /** Keys and values rounded to 11 bits. */
    private static final double HALF_TOLERANCE = 1e-3;
    private static final int CONTEXT = 192;
    /** Small enough for the ring of a layer with a window of 16 to come round: it has 48 rows for up to 153 positions. */
    private static final int BATCH = 32;
    private static final int FEW = 5;
    private static final int SESSIONS = 2;
    /** Every bit set is NaN, as a float and as a half. */
    private static final byte NAN = -1;

    private final WatchedBackend backend = new WatchedBackend();

    /** A model with full attention in some layers and windows in others; and chunks, which only the scores are about, once a kernel. */
    static Stream<Arguments> everyKindOfAttention() {
        AttentionConfig chunks = new AttentionConfig(new RopeScaling.None(), 0, new DualChunk(32, 8, 0, false), List.of());
        return Stream.concat(
                Stream.of(KernelFamily.PARALLEL, KernelFamily.CONTEXT, KernelFamily.FPGA).flatMap(family ->
                        Stream.of(KvType.values()).map(kvType -> Arguments.of(family, kvType, "qwen2-swa-mixed", null))),
                Stream.of(Arguments.of(KernelFamily.PARALLEL, KvType.F32, "qwen2-gqa", chunks),
                        Arguments.of(KernelFamily.CONTEXT, KvType.F16, "qwen2-gqa", chunks)));
    }

    /** @param changed attention that the goldens were not made with, or null */
    @ParameterizedTest
    @MethodSource("everyKindOfAttention")
    void reachNoResult(KernelFamily family, KvType kvType, String name, AttentionConfig changed) throws IOException {
        Model model = ModelLoader.load(Golden.folder(name)).withContext(CONTEXT);
        if (changed != null) {
            model = model.withAttention(changed);
        }
        StageOptions options = new StageOptions(CONTEXT, SESSIONS, BATCH, kvType, new KernelChoice(family, 0));
        Placement placement = Placement.allOn(DeviceUnderTest.require(), model.config().layers(), options, "under test");
        double tolerance = kvType == KvType.F32 ? TOLERANCE : HALF_TOLERANCE;
        try (Engine engine = Engine.open(model, new Backends(List.of(backend)), placement)) {
            for (Golden.Prompt prompt : Golden.prompts(Golden.folder(name).resolve("golden.json"))) {
                String words = prompt.ids().length + " ids";
                List<float[]> clean = logits(engine, prompt, (byte) 0);
                List<float[]> poisoned = logits(engine, prompt, NAN);
                for (int i = 0; i < clean.size(); i++) {
                    assertArrayEquals(clean.get(i), poisoned.get(i), words + " and " + i);
                }
                if (changed == null) {
                    double distance = Golden.relativeL2(poisoned.getFirst(), prompt.lastLogits());
                    assertTrue(distance <= tolerance, words + ": " + distance);
                    assertEquals(prompt.greedy()[0], Golden.argMax(poisoned.getFirst()), words);
                }
            }
        }
    }

    /** Logits after a prompt (long ones go in calls of BATCH, short ones also row by row) and after each of some ids that follow. */
    private List<float[]> logits(Engine engine, Golden.Prompt prompt, byte before) {
        for (int slot = 0; slot < SESSIONS; slot++) {
            DeviceRows.fill(backend.stages().getFirst(), slot, before);
        }
        List<float[]> logits = new ArrayList<>();
        try (Session session = engine.newSession(new SessionOptions(CONTEXT, prompt.ids().length > BATCH ? BATCH : FEW))) {
            logits.add(session.append(prompt.ids(), Session.Progress.NONE).clone());
            for (int id : Arrays.copyOf(prompt.greedy(), 3)) {
                logits.add(session.append(new int[] {id}, Session.Progress.NONE).clone());
            }
        }
        return logits;
    }
}
