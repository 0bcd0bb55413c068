package dev.qyclone.engine.generation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.Golden;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.stage.AttentionPolicies;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.CacheSpec;
import dev.qyclone.engine.stage.HiddenStates;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.Pipeline;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageCache;
import dev.qyclone.engine.stage.StageOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Far beyond windows of 16 and 24 rows. The truth is a cache that drops nothing under the same mask, which the goldens compare with
 * Hugging Face: bit for bit where the calls are the same, and a prefill in one call where they differ.
 */
class WindowedSessionTest {
    /** Calls of other sizes sum in other orders. */
    private static final double REORDERING = 1e-5;
    /** Keys that differ by a last bit of a float may be rounded to neighbouring halves. */
    private static final double F16_ROUNDING = 2e-3;
    private static final int CONTEXT = 2300;
    private static final int[] TEXT = IntStream.range(0, CONTEXT).map(i -> (i * 31 + i / 7) % 256).toArray();

    @ParameterizedTest
    @CsvSource({"qwen2-swa-all,F32,cpu", "qwen2-swa-all,F16,cpu", "qwen2-swa-mixed,F32,cpu", "qwen2-swa-mixed,F32,cpu:scalar"})
    void farBeyondTheRingTheSameCallsGiveTheBitsOfAFullCache(String name, KvType type, String device) {
        Model model = ModelLoader.load(Golden.folder(name)).withContext(CONTEXT);
        try (model; Backends backends = Backends.discover(new BackendOptions(2));
                Pipeline pipeline = pipeline(model, backends, device, type)) {
            CacheSpec spec = new CacheSpec(CONTEXT, new AttentionPolicies(model.config()).forPrompt(CONTEXT));
            HiddenStates x = pipeline.newHiddenStates(CONTEXT);
            for (IntUnaryOperator count : List.<IntUnaryOperator>of(at -> 100, at -> at < 1500 ? 300 : 1, at -> 1 + at * 37 % 150)) {
                List<StageCache> full = pipeline.openCaches(spec);
                List<StageCache> ring = pipeline.openCaches(spec);
                // A first call over all positions takes all pages beforehand, so that no row is dropped for want of one.
                pipeline.forward(full, TEXT, 0, CONTEXT, 0, x);
                full.forEach(cache -> cache.truncate(0));
                for (int at = 0; at < CONTEXT; at += x.tokens()) {
                    int rows = Math.min(count.applyAsInt(at), CONTEXT - at);
                    pipeline.forward(full, TEXT, at, rows, at, x);
                    float[] expected = Arrays.copyOf(x.data(), rows * x.dim());
                    pipeline.forward(ring, TEXT, at, rows, at, x);
                    int position = at;
                    assertArrayEquals(expected, Arrays.copyOf(x.data(), rows * x.dim()), () -> "at " + position);
                }
                assertEquals(0, full.getFirst().firstHeld());
                assertTrue(ring.getFirst().firstHeld() > 0);
                full.forEach(StageCache::close);
                ring.forEach(StageCache::close);
            }
        }
    }

    private static Pipeline pipeline(Model model, Backends backends, String device, KvType type) {
        return Pipeline.open(model, backends,
                Placement.allOn(backends.device(device), model.config().layers(), StageOptions.DEFAULT.withKvType(type), "a test"));
    }

    @ParameterizedTest
    @EnumSource(KvType.class)
    void theSizesOfTheCallsDoNotMatter(KvType type) {
        try (Engine engine = open("qwen2-swa-mixed", "cpu", type);
                Session chunked = session(engine, 100);
                Session single = session(engine, 1);
                Session mixed = session(engine, 333)) {
            for (int end : new int[] {700, 2100}) {
                float[] expected = inOneCall(engine, end);
                requireSame(expected, chunked.append(slice(chunked.length(), end), Session.Progress.NONE), type);
                requireSame(expected, single.append(slice(single.length(), end), Session.Progress.NONE), type);
                for (int step = 1; mixed.length() < end; step = step > 400 ? 1 : step * 3 + 1) {
                    mixed.append(slice(mixed.length(), Math.min(end, mixed.length() + step)), Session.Progress.NONE);
                }
                requireSame(expected, mixed.logits(), type);
            }
        }
    }

    @Test
    void memoryStopsGrowingWhereAllLayersHaveAWindow() {
        try (Engine engine = open("qwen2-swa-all", "cpu"); Session session = session(engine, 64)) {
            session.append(slice(0, 600), Session.Progress.NONE);
            long before = session.cacheBytes();
            session.append(slice(600, 2200), Session.Progress.NONE);
            assertEquals(before, session.cacheBytes());
        }
    }

    @Test
    void sessionsDoNotShareTheirRings() {
        try (Engine engine = open("qwen2-swa-all", "cpu");
                Session a = session(engine, 64);
                Session b = session(engine, 64)) {
            for (int i = 0; i < 20; i++) {
                a.append(slice(i * 50, i * 50 + 50), Session.Progress.NONE);
                b.append(slice(1000 + i * 40, 1040 + i * 40), Session.Progress.NONE);
            }
            requireSame(inOneCall(engine, 1000), a.logits());
        }
    }

    @Test
    void goingBackToDroppedRowsComputesFromTheStart() {
        try (Engine engine = open("qwen2-swa-mixed", "cpu"); Session session = session(engine, 64)) {
            session.append(slice(0, 2000), Session.Progress.NONE);
            List<Integer> totals = new ArrayList<>();
            assertEquals(1990, session.continueWith(slice(0, 1991), (done, total) -> totals.add(total)));
            assertEquals(0, session.continueWith(slice(0, 600), (done, total) -> totals.add(total)));
            assertEquals(List.of(1, 600), totals.stream().distinct().toList());
            requireSame(inOneCall(engine, 600), session.logits());

            session.append(slice(600, 2000), Session.Progress.NONE);
            session.truncate(500);
            assertArrayEquals(slice(0, 500), session.ids());
            assertEquals(500, session.length());
            requireSame(inOneCall(engine, 501), session.append(slice(500, 501), Session.Progress.NONE));
        }
    }

    @Test
    void aFailureAfterRowsWereDroppedLeavesTheSessionSound() {
        try (Engine engine = open("qwen2-swa-all", "cpu"); Session session = session(engine, 64)) {
            session.append(slice(0, 500), Session.Progress.NONE);
            assertThrows(IllegalStateException.class, () -> session.append(slice(500, 2000), (done, total) -> {
                if (done > 1000) {
                    throw new IllegalStateException("enough");
                }
            }));
            assertArrayEquals(slice(0, 500), session.ids());
            requireSame(inOneCall(engine, 510), session.append(slice(500, 510), Session.Progress.NONE));
        }
    }

    private static float[] inOneCall(Engine engine, int end) {
        try (Session session = session(engine, CONTEXT)) {
            return session.append(slice(0, end), Session.Progress.NONE);
        }
    }

    private static void requireSame(float[] expected, float[] logits) {
        requireSame(expected, logits, KvType.F32);
    }

    private static void requireSame(float[] expected, float[] logits, KvType type) {
        double error = Golden.relativeL2(logits, expected);
        assertTrue(error <= (type == KvType.F16 ? F16_ROUNDING : REORDERING), "relative L2 " + error);
    }

    private static int[] slice(int from, int to) {
        return Arrays.copyOfRange(TEXT, from, to);
    }

    private static Session session(Engine engine, int batch) {
        return engine.newSession(new SessionOptions(CONTEXT, batch));
    }

    private static Engine open(String name, String device) {
        return open(name, device, KvType.F32);
    }

    private static Engine open(String name, String device, KvType type) {
        Model model = ModelLoader.load(Golden.folder(name)).withContext(CONTEXT);
        Backends backends = Backends.discover(new BackendOptions(2));
        return Engine.open(model, backends,
                Placement.allOn(backends.device(device), model.config().layers(), StageOptions.DEFAULT.withKvType(type), "a test"));
    }
}
