package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.Golden;
import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.generation.PrefixCache;
import dev.qyclone.engine.generation.Session;
import dev.qyclone.engine.generation.SessionOptions;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageOptions;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Sessions that share a device: more of them than it has slots, going back, taking over prefixes, rings of windowed layers. */
@Tag("device")
class DeviceSessionsTest {
    private static final double F32_TOLERANCE = 2e-5;
    private static final double F16_ROUNDING = 2e-3;
    private static final int CONTEXT = 128;
    private static final int[] TEXT = IntStream.range(0, CONTEXT).map(i -> (i * 31 + i / 7) % 256).toArray();

    @ParameterizedTest
    @CsvSource({"1,F32", "2,F32", "1,F16"})
    void interleavedSessionsDoNotDisturbEachOther(int slots, KvType type) {
        try (Engine engine = open("qwen2-gqa", slots, type); Session a = session(engine); Session b = session(engine);
                Session alone = session(engine)) {
            for (int i = 0; i < 4; i++) {
                a.append(Arrays.copyOfRange(TEXT, 5 * i, 5 * i + 5), Session.Progress.NONE);
                b.append(Arrays.copyOfRange(TEXT, 50 + 3 * i, 53 + 3 * i), Session.Progress.NONE);
            }
            float[] interleaved = a.logits().clone();
            assertArrayEquals(alone.append(Arrays.copyOf(TEXT, 20), Session.Progress.NONE), interleaved);
            requireAsOnHost("qwen2-gqa", type, Arrays.copyOf(TEXT, 20), interleaved);
        }
    }

    @Test
    void goingBackAndOnGivesTheLogitsOfAFreshSession() {
        try (Engine engine = open("qwen2-swa-mixed", 1, KvType.F32); Session session = session(engine)) {
            session.append(Arrays.copyOf(TEXT, 90), Session.Progress.NONE);
            session.truncate(60);
            float[] logits = session.append(Arrays.copyOfRange(TEXT, 60, 70), Session.Progress.NONE);
            requireAsOnHost("qwen2-swa-mixed", KvType.F32, Arrays.copyOf(TEXT, 70), logits);
        }
    }

    @ParameterizedTest
    @EnumSource(KvType.class)
    void aPrefixIsTakenOver(KvType type) {
        try (Engine engine = open("qwen2-gqa", 1, type); PrefixCache prefixes = new PrefixCache(1 << 24)) {
            try (Session first = engine.newSession(new SessionOptions(CONTEXT, 16), prefixes)) {
                first.append(Arrays.copyOf(TEXT, 40), Session.Progress.NONE);
            }
            int[] other = Arrays.copyOf(TEXT, 45);
            other[44] = 7;
            try (Session second = engine.newSession(new SessionOptions(CONTEXT, 16), prefixes)) {
                float[] logits = second.append(other, Session.Progress.NONE);
                assertEquals(40, second.prefixReuse().tokens());
                requireAsOnHost("qwen2-gqa", type, other, logits);
            }
        }
    }

    private static void requireAsOnHost(String name, KvType type, int[] ids, float[] logits) {
        Backends backends = Backends.discover(new BackendOptions(1));
        Model model = ModelLoader.load(Golden.folder(name)).withContext(CONTEXT);
        Placement placement = Placement.allOn(backends.device("cpu:scalar"), model.config().layers(),
                StageOptions.DEFAULT.withKvType(type), "the reference");
        try (Engine engine = Engine.open(model, backends, placement); Session session = session(engine)) {
            double error = Golden.relativeL2(logits, session.append(ids, Session.Progress.NONE));
            assertTrue(error <= (type == KvType.F16 ? F16_ROUNDING : F32_TOLERANCE), "relative L2 " + error);
        }
    }

    private static Session session(Engine engine) {
        return engine.newSession(new SessionOptions(CONTEXT, 16));
    }

    private static Engine open(String name, int slots, KvType type) {
        String id = DeviceUnderTest.require().id();
        Backends backends = Backends.discover(new BackendOptions(1));
        Model model = ModelLoader.load(Golden.folder(name)).withContext(CONTEXT);
        StageOptions options = StageOptions.DEFAULT.withSessions(slots).withBatch(16).withKvType(type);
        return Engine.open(model, backends, Placement.allOn(backends.device(id), model.config().layers(), options, "a test"));
    }
}
