package dev.qyclone.engine.generation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.Golden;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.FeedForward;
import dev.qyclone.engine.model.LayerWeights;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.sampler.GreedySampler;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SessionTest {
    /** 16-bit keys and values: 11 bits of mantissa, averaged by attention. */
    private static final double F16_CACHE_TOLERANCE = 2e-3;
    /** Prefill and decode sum in different orders. */
    private static final double REORDERING_TOLERANCE = 1e-5;

    private static final int[] PROMPT = IntStream.range(0, 40).map(i -> i * 7 % 288).toArray();

    @Test
    void aConversationGoesOnWithoutRecomputingWhatTheSessionHas() {
        try (Engine engine = open(2); Session session = session(engine, 64); Session fresh = session(engine, 64)) {
            assertEquals(0, session.continueWith(slice(0, 20), Session.Progress.NONE));
            List<Integer> computed = new ArrayList<>();
            assertEquals(20, session.continueWith(slice(0, 33), (done, total) -> computed.add(total)));
            assertEquals(List.of(13), computed);
            fresh.append(slice(0, 33), Session.Progress.NONE);
            assertTrue(Golden.relativeL2(session.logits(), fresh.logits()) < REORDERING_TOLERANCE);
            assertArrayEquals(slice(0, 33), session.ids());
        }
    }

    @Test
    void aDifferentTextKeepsTheCommonPrefixOnly() {
        try (Engine engine = open(2); Session session = session(engine, 64); Session fresh = session(engine, 64)) {
            session.append(slice(0, 30), Session.Progress.NONE);
            int[] other = slice(0, 25);
            other[20] = 1;
            assertEquals(20, session.continueWith(other, Session.Progress.NONE));
            fresh.append(other, Session.Progress.NONE);
            assertTrue(Golden.relativeL2(session.logits(), fresh.logits()) < REORDERING_TOLERANCE);
            assertEquals(25, session.length());
        }
    }

    @Test
    void theSameTextAgainComputesItsLastIdAtMost() {
        try (Engine engine = open(1); Session session = session(engine, 64)) {
            session.append(slice(0, 30), Session.Progress.NONE);
            assertEquals(30, session.continueWith(slice(0, 30), Session.Progress.NONE));
            session.truncate(30);
            assertEquals(30, session.continueWith(slice(0, 30), Session.Progress.NONE));
            assertEquals(19, session.continueWith(slice(0, 20), Session.Progress.NONE));
        }
    }

    @Test
    void whatDoesNotFitIsRefusedBeforeAnythingIsComputed() {
        try (Engine engine = open(1); Session session = session(engine, 32)) {
            session.append(slice(0, 30), Session.Progress.NONE);
            EngineException e = assertThrows(EngineException.class, () -> session.append(slice(0, 3), Session.Progress.NONE));
            assertEquals(ErrorCode.CONTEXT_FULL, e.code());
            assertEquals(30, session.length());
            e = assertThrows(EngineException.class, () -> session.continueWith(slice(0, 33), Session.Progress.NONE));
            assertEquals(ErrorCode.CONTEXT_FULL, e.code());
            assertEquals(30, session.length());
            session.append(slice(30, 32), Session.Progress.NONE);
            assertEquals(32, session.length());
        }
    }

    @Test
    void badIdsAreNamed() {
        try (Engine engine = open(1); Session session = session(engine, 32)) {
            EngineException e = assertThrows(EngineException.class, () -> session.append(new int[] {1, 288}, Session.Progress.NONE));
            assertTrue(e.getMessage().contains("index 1") && e.getMessage().contains("288"), e.getMessage());
            assertThrows(EngineException.class, () -> session.append(new int[] {-1}, Session.Progress.NONE));
            assertThrows(EngineException.class, () -> session.append(new int[0], Session.Progress.NONE));
        }
    }

    @Test
    void aContextBeyondTheModelsIsRefused() {
        try (Engine engine = open(1)) {
            EngineException e = assertThrows(EngineException.class, () -> session(engine, 513));
            assertEquals(ErrorCode.BAD_REQUEST, e.code());
        }
    }

    @Test
    void sessionsOfOneEngineDoNotDisturbEachOther() {
        try (Engine engine = open(2);
                Session a = session(engine, 64);
                Session b = session(engine, 64);
                Session alone = session(engine, 64)) {
            for (int i = 0; i < 20; i++) {
                a.append(slice(i, i + 1), Session.Progress.NONE);
                b.append(slice(39 - i, 40 - i), Session.Progress.NONE);
            }
            for (int i = 0; i < 20; i++) {
                alone.append(slice(i, i + 1), Session.Progress.NONE);
            }
            assertArrayEquals(alone.logits(), a.logits());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "cpu:scalar"})
    void theBitsDoNotDependOnTheNumberOfThreads(String device) {
        float[] one = decodeAfterPrefill(device, 1);
        assertArrayEquals(one, decodeAfterPrefill(device, 1));
        assertArrayEquals(one, decodeAfterPrefill(device, 2));
        assertArrayEquals(one, decodeAfterPrefill(device, 3));
    }

    private static float[] decodeAfterPrefill(String device, int threads) {
        try (Engine engine = open(threads, device); Session session = session(engine, 64)) {
            session.append(slice(0, 37), Session.Progress.NONE);
            return session.append(slice(37, 38), Session.Progress.NONE).clone();
        }
    }

    @ParameterizedTest
    @EnumSource(KvType.class)
    void cachesOfEitherTypeGiveTheSameLogits(KvType type) {
        try (Engine engine = open(type);
                Engine other = open(2);
                Session session = engine.newSession(new SessionOptions(64, 8));
                Session exact = session(other, 64)) {
            double error = Golden.relativeL2(session.append(PROMPT, Session.Progress.NONE), exact.append(PROMPT, Session.Progress.NONE));
            assertTrue(error < (type == KvType.F16 ? F16_CACHE_TOLERANCE : REORDERING_TOLERANCE), "relative L2 " + error);
            assertTrue(session.cacheBytes() > 0 && session.cacheBytes() <= exact.cacheBytes());
        }
    }

    @Test
    void theLargestLogitIsThatOfTheLogitsAndTheSessionGoesOn() {
        try (Engine engine = open(2); Session greedy = session(engine, 64); Session exact = session(engine, 64)) {
            int id = GreedySampler.argmax(greedy.append(PROMPT, Session.Progress.NONE));
            exact.append(PROMPT, Session.Progress.NONE);
            for (int i = 0; i < 8; i++) {
                int expected = GreedySampler.argmax(exact.append(new int[] {id}, Session.Progress.NONE));
                id = greedy.appendForLargest(id);
                assertEquals(expected, id);
            }
            assertThrows(IllegalStateException.class, greedy::logits);
            assertEquals(greedy.length() - 1, greedy.continueWith(greedy.ids(), Session.Progress.NONE));
            assertArrayEquals(exact.logits(), greedy.logits());
        }
    }

    @Test
    void aBrokenLayerIsNamedAndTheSessionStaysUsable() {
        Model sound = ModelLoader.load(Golden.folder("qwen2-gqa"));
        List<LayerWeights> layers = new ArrayList<>(sound.layers());
        layers.set(1, withBrokenDown(layers.get(1)));
        Model broken = new Model(sound.source(), sound.config(), sound.tokenEmbedding(), layers, sound.outputNorm(), sound.output());
        try (Engine engine = open(broken, 2, "cpu"); Session session = session(engine, 64)) {
            EngineException e = assertThrows(EngineException.class, () -> session.append(PROMPT, Session.Progress.NONE));
            assertEquals(ErrorCode.NON_FINITE, e.code());
            assertTrue(e.getMessage().contains("layer 1 on cpu"), e.getMessage());
            assertEquals(0, session.length());
            assertThrows(EngineException.class, () -> session.append(PROMPT, Session.Progress.NONE));
        }
    }

    private static LayerWeights withBrokenDown(LayerWeights w) {
        FeedForward.Dense ffn = (FeedForward.Dense) w.ffn();
        float[] values = ffn.down().toFloats();
        values[17] = Float.NaN;
        MemorySegment data = Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, values);
        long[] shape = ffn.down().shape().stream().mapToLong(Long::longValue).toArray();
        Tensor down = new Tensor(ffn.down().name(), ffn.down().type(), shape, data);
        return new LayerWeights(
                w.attnNorm(), w.q(), w.qBias(), w.k(), w.kBias(), w.v(), w.vBias(), w.attnOut(), w.ffnNorm(),
                new FeedForward.Dense(ffn.gate(), ffn.up(), down));
    }

    private static int[] slice(int from, int to) {
        return Arrays.copyOfRange(PROMPT, from, to);
    }

    private static Session session(Engine engine, int context) {
        return engine.newSession(new SessionOptions(context, SessionOptions.DEFAULT_BATCH));
    }

    private static Engine open(KvType type) {
        Backends backends = Backends.discover(new BackendOptions(2));
        Model model = ModelLoader.load(Golden.folder("qwen2-gqa"));
        return Engine.open(model, backends, Placement.allOn(
                backends.device("cpu"), model.config().layers(), StageOptions.DEFAULT.withKvType(type), "a test"));
    }

    private static Engine open(int threads) {
        return open(threads, "cpu");
    }

    private static Engine open(int threads, String device) {
        return open(ModelLoader.load(Golden.folder("qwen2-gqa")), threads, device);
    }

    private static Engine open(Model model, int threads, String device) {
        Backends backends = Backends.discover(new BackendOptions(threads));
        return Engine.open(model, backends, Placement.allOn(backends.device(device), model.config().layers(), "a test"));
    }
}
