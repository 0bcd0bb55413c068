package dev.qyclone.engine.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.AllocatedBytes;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.model.PublishedShape;
import dev.qyclone.engine.model.SyntheticModel;
import dev.qyclone.engine.sampler.Sampler;
import dev.qyclone.engine.sampler.SamplerSettings;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.engine.tensor.TensorType;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Steady decode leaves no garbage, in no thread: from an id through a session's stages to its logits and the next choice nothing is
 * allocated, and on to text nothing but the piece of text that a listener hears. {@code SteadyDecodeTest} has every kernel; this has what
 * is around them.
 */
class SteadySessionTest {
    /** Ids that must follow each other without garbage. */
    private static final int STEADY = 50;
    private static final int THREADS = 2;
    private static final int[] PROMPT = {3, 1, 4, 1, 5, 9, 2, 6};
    /** The JIT compiler may take long on a busy machine. */
    private static final Duration LONGEST_WARM_UP = Duration.ofMinutes(5);
    /** Leaves the cores to the compiler. */
    private static final Duration FOR_THE_COMPILER = Duration.ofMillis(20);
    /**
     * A piece of text: a String, its bytes, and the bytes that Java takes before it sees that a character is no Latin-1 one; the text so
     * far, which doubles where it is full, once or twice in {@link #STEADY} ids.
     */
    private static final long PIECE_BYTES = 128;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "tiny, F32, F32, false", "tiny, F32, F16, false", "tiny, Q8_0, F32, false", "tiny, Q8_0, F16, false",
        "tiny, Q4_0, F32, false", "tiny, Q4_0, F16, false", "tiny, Q4_0, F32, true", "tiny-moe, Q4_0, F32, false",
        "tiny-qwen1, Q8_0, F16, false"})
    void anIdLeavesNoGarbage(String shape, TensorType type, KvType kvType, boolean exact) throws InterruptedException {
        SamplerSettings usual = SamplerSettings.plain(1).withTemperature(0.7).withTopK(20).withTopP(0.8).withRepetitionPenalty(1.05);
        AllocatedBytes before = AllocatedBytes.mark();
        try (Engine engine = open(shape, type, StageOptions.DEFAULT.withKvType(kvType).withExact(exact));
                Session session = engine.newSession(SessionOptions.defaults(engine.config()))) {
            AllocatedBytes allocated = before.withWorkers(THREADS);
            int[] ids = new int[engine.config().context()];
            float[] logits = new float[engine.config().vocab()];
            for (SamplerSettings settings : new SamplerSettings[] {SamplerSettings.greedy(), usual, usual.withTopK(0).withMinP(0.01)}) {
                Sampler sampler = Sampler.of(settings);
                assertEquals(0, leastGarbage(allocated, session, () -> decode(session, sampler, ids, logits)),
                        () -> "bytes of garbage in " + STEADY + " ids with " + settings);
            }
            assertEquals(0, leastGarbage(allocated, session, () -> decodeLargest(session)), "bytes without logits");
        }
    }

    private Engine open(String shape, TensorType type, StageOptions options) {
        Path file = folder.resolve("model.gguf");
        SyntheticModel.write(PublishedShape.ofName(shape).orElseThrow(), type, 1, file, (done, total) -> { });
        Backends backends = Backends.discover(new BackendOptions(THREADS));
        Model model = ModelLoader.load(file);
        return Engine.open(model, backends, Placement.allOn(backends.device("cpu"), model.config().layers(), options, "asked for"));
    }

    /** Garbage of the first run that leaves none, or of the last one. */
    private static long leastGarbage(AllocatedBytes allocated, Session session, Runnable run) throws InterruptedException {
        long deadline = System.nanoTime() + LONGEST_WARM_UP.toNanos();
        while (true) {
            session.reset();
            session.append(PROMPT, Session.Progress.NONE);
            long garbage = allocated.during(run);
            if (garbage == 0 || System.nanoTime() > deadline) {
                return garbage;
            }
            Thread.sleep(FOR_THE_COMPILER);
        }
    }

    /** As {@link Generator} does. */
    private static void decode(Session session, Sampler sampler, int[] ids, float[] logits) {
        System.arraycopy(PROMPT, 0, ids, 0, PROMPT.length);
        for (int length = PROMPT.length; length < PROMPT.length + STEADY; length++) {
            System.arraycopy(session.logits(), 0, logits, 0, logits.length);
            ids[length] = sampler.sample(logits, ids, PROMPT.length, length);
            session.append(ids[length]);
        }
    }

    private static void decodeLargest(Session session) {
        int id = 7;
        for (int i = 0; i < STEADY; i++) {
            id = session.appendForLargest(id);
        }
    }

    @Test
    void textLeavesItsPiecesOnly() throws InterruptedException {
        AllocatedBytes before = AllocatedBytes.mark();
        try (Engine engine = open("tiny", TensorType.Q8_0, StageOptions.DEFAULT);
                Session session = engine.newSession(SessionOptions.defaults(engine.config()))) {
            AllocatedBytes allocated = before.withWorkers(THREADS);
            SamplerSettings[] all = {SamplerSettings.greedy(), SamplerSettings.plain(1).withTopP(0.9)};
            GenerationRequest request = GenerationRequest.of(PROMPT, 2 * STEADY).withIgnoreEndTokens(true);
            for (SamplerSettings settings : all) {
                for (GenerationRequest each : List.of(request, request.withStopStrings(List.of("never there")))) {
                    SecondHalf half = new SecondHalf(allocated);
                    long deadline = System.nanoTime() + LONGEST_WARM_UP.toNanos();
                    do {
                        session.reset();
                        Thread.sleep(FOR_THE_COMPILER);
                        half.begin();
                        new Generator(session, engine.tokenizer(), Sampler.of(settings)).generate(each, half);
                    } while (half.garbage > half.pieces * PIECE_BYTES && System.nanoTime() < deadline);
                    assertTrue(half.pieces > STEADY / 4, "pieces of text: " + half.pieces);
                    assertTrue(half.garbage <= half.pieces * PIECE_BYTES, half.garbage + " bytes for " + half.pieces + " pieces");
                }
            }
        }
    }

    /** Counts from the middle of an answer to its end. */
    private static final class SecondHalf implements GenerationListener {
        private final AllocatedBytes allocated;
        private long from;
        private long garbage;
        private int ids;
        private int pieces;

        SecondHalf(AllocatedBytes allocated) {
            this.allocated = allocated;
        }

        void begin() {
            ids = 0;
            pieces = 0;
        }

        @Override
        public void token(int id) {
            ids++;
            if (ids == STEADY) {
                from = allocated.now();
            } else if (ids == 2 * STEADY) {
                garbage = allocated.since(from);
            }
        }

        @Override
        public void text(String piece) {
            pieces += ids >= STEADY && ids < 2 * STEADY ? 1 : 0;
        }
    }
}
