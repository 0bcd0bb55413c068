package dev.qyclone.engine.generation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.Golden;
import dev.qyclone.engine.SharedData;
import dev.qyclone.engine.model.AttentionConfig;
import dev.qyclone.engine.model.DualChunk;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.model.RopeScaling;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.Placement;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The engine against Hugging Face: from both file forms, on both CPU devices, prefill in one call, in chunks, one by one. */
class GoldenTest {
    private static final int WHOLE = SessionOptions.DEFAULT_BATCH;

    private record Case(String model, String file, String device, int batch) {
    }

    static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (String model : Golden.MODELS) {
            for (String file : new String[] {"model.gguf", ""}) {
                for (String device : new String[] {"cpu", "cpu:scalar"}) {
                    for (int batch : new int[] {WHOLE, 5, 1}) {
                        cases.add(new Case(model, file, device, batch));
                    }
                }
            }
        }
        return cases;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void logitsAndGreedyIdsAreHuggingFaces(Case c) throws IOException {
        Path folder = Golden.folder(c.model());
        try (Engine engine = open(folder, c)) {
            SessionOptions options = new SessionOptions(engine.config().context(), c.batch());
            for (Golden.Prompt prompt : Golden.prompts(folder.resolve("golden.json"))) {
                requireEqual(engine, options, prompt);
            }
        }
    }

    /** GGUF has no keys for windows, dynamic NTK and LogN: there they are what the folder's config.json says. */
    private static Engine open(Path folder, Case c) {
        Model model = ModelLoader.load(folder.resolve(c.file()));
        try (Model whole = ModelLoader.load(folder)) {
            model = model.withAttention(whole.config().attention());
        }
        Backends backends = Backends.discover(BackendOptions.defaults());
        return Engine.open(model, backends, Placement.allOn(backends.device(c.device()), model.config().layers(), "a test"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "cpu:scalar"})
    void theDemoModelsLogitsAndGreedyIdsAreHuggingFaces(String device) throws IOException {
        Path demo = SharedData.require("demo");
        try (Engine engine = Engine.open(demo.resolve("fairytale-q8_0.gguf"), device)) {
            for (Golden.Prompt prompt : Golden.prompts(demo.resolve("golden.json"))) {
                requireEqual(engine, SessionOptions.defaults(engine.config()), prompt);
            }
        }
    }

    @Test
    void everyPositionsBestIdIsHuggingFaces() throws IOException {
        Path folder = Golden.folder("qwen2-gqa");
        try (Engine engine = Engine.open(folder, "cpu")) {
            for (Golden.Prompt prompt : Golden.prompts(folder.resolve("golden.json"))) {
                try (Session session = engine.newSession(SessionOptions.defaults(engine.config()))) {
                    int[] best = Arrays.stream(prompt.ids())
                            .map(id -> Golden.argMax(session.append(new int[] {id}, Session.Progress.NONE))).toArray();
                    assertArrayEquals(prompt.argmaxAll(), best);
                }
            }
        }
    }

    /** A prompt below S fixes alpha at 1, and decoding past S keeps it: the same as without dynamic NTK, in one call. */
    @ParameterizedTest
    @ValueSource(strings = {"cpu", "cpu:scalar"})
    void generationThatCrossesTheTrainedLengthKeepsItsAlpha(String device) throws IOException {
        Path folder = Golden.folder("qwen1-ntk-logn");
        int[] ids = Arrays.copyOf(Golden.prompts(folder.resolve("golden.json")).getLast().ids(), 70);
        try (Engine ntk = Engine.open(folder, device); Engine plain = open(folder, device, logNOnly());
                Session session = ntk.newSession(SessionOptions.defaults(ntk.config()))) {
            session.append(Arrays.copyOf(ids, 30), Session.Progress.NONE);
            for (int i = 30; i < ids.length; i++) {
                session.append(new int[] {ids[i]}, Session.Progress.NONE);
            }
            float[] expected = lastLogits(plain, ids, WHOLE);
            assertTrue(Golden.relativeL2(session.logits(), expected) <= Golden.LOGITS_TOLERANCE);
            assertTrue(Golden.relativeL2(lastLogits(ntk, ids, WHOLE), expected) > 0.01, "alpha changes nothing");
        }
    }

    private static AttentionConfig logNOnly() {
        return new AttentionConfig(new RopeScaling.None(), 32, DualChunk.NONE, List.of());
    }

    /** Text shorter than a chunk is plain attention; beyond, prefill in one call, in pieces and one by one agree. */
    @ParameterizedTest
    @ValueSource(strings = {"cpu", "cpu:scalar"})
    void dualChunksArePlainUpToOneChunkAndTheSameInPieces(String device) throws IOException {
        Path folder = Golden.folder("qwen2-gqa");
        Golden.Prompt prompt = Golden.prompts(folder.resolve("golden.json")).getLast();
        try (Engine plain = openChunked(folder, device, new DualChunk(300, 40, 0, false))) {
            requireEqual(plain, SessionOptions.defaults(plain.config()), prompt);
        }
        try (Engine engine = openChunked(folder, device, new DualChunk(40, 12, 64, false))) {
            float[] whole = lastLogits(engine, prompt.ids(), WHOLE);
            assertTrue(Golden.relativeL2(whole, prompt.lastLogits()) > 0.01, "chunks change nothing");
            assertTrue(Golden.relativeL2(lastLogits(engine, prompt.ids(), 5), whole) <= Golden.LOGITS_TOLERANCE);
            assertTrue(Golden.relativeL2(lastLogits(engine, prompt.ids(), 1), whole) <= Golden.LOGITS_TOLERANCE);
        }
    }

    private static Engine openChunked(Path folder, String device, DualChunk chunks) {
        return open(folder, device, new AttentionConfig(new RopeScaling.None(), 0, chunks, List.of()));
    }

    private static Engine open(Path folder, String device, AttentionConfig attention) {
        Model model = ModelLoader.load(folder);
        Backends backends = Backends.discover(BackendOptions.defaults());
        return Engine.open(model.withAttention(attention), backends,
                Placement.allOn(backends.device(device), model.config().layers(), "a test"));
    }

    private static float[] lastLogits(Engine engine, int[] ids, int batch) {
        try (Session session = engine.newSession(new SessionOptions(engine.config().context(), batch))) {
            return session.append(ids, Session.Progress.NONE).clone();
        }
    }

    private static void requireEqual(Engine engine, SessionOptions options, Golden.Prompt prompt) {
        try (Session session = engine.newSession(options)) {
            float[] logits = session.append(prompt.ids(), Session.Progress.NONE);
            assertEquals(prompt.lastLogits().length, logits.length);
            double error = Golden.relativeL2(logits, prompt.lastLogits());
            assertTrue(error <= Golden.LOGITS_TOLERANCE, "relative L2 " + error + " for a prompt of " + prompt.ids().length);
            int[] greedy = new int[prompt.greedy().length];
            for (int i = 0; i < greedy.length; i++) {
                greedy[i] = Golden.argMax(session.logits());
                session.append(new int[] {greedy[i]}, Session.Progress.NONE);
            }
            assertArrayEquals(prompt.greedy(), greedy);
        }
    }
}
