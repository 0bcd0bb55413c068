package dev.qyclone.engine.generation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.qyclone.engine.SharedData;
import dev.qyclone.engine.model.GenerationDefaults;
import dev.qyclone.engine.sampler.GreedySampler;
import dev.qyclone.engine.sampler.Sampler;
import dev.qyclone.engine.sampler.SamplerSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The generator on a real session: text in, text out, as Hugging Face writes it. */
class DemoGenerationTest {
    private static Engine engine;
    private static JsonNode prompts;

    @BeforeAll
    static void open() throws IOException {
        Path golden = SharedData.require("demo/golden.json");
        prompts = new ObjectMapper().readTree(golden.toFile()).get("prompts");
        engine = Engine.open(SharedData.require("demo/fairytale-q8_0.gguf"), "cpu");
    }

    @AfterAll
    static void close() {
        if (engine != null) {
            engine.close();
        }
    }

    @Test
    void greedyTextIsHuggingFaces() {
        for (JsonNode prompt : prompts) {
            try (Session session = session(1024)) {
                int[] ids = engine.tokenizer().encodeOrdinary(prompt.get("text").textValue());
                int[] expected = IntStream.range(0, prompt.get("greedy").size()).map(i -> prompt.get("greedy").get(i).intValue()).toArray();
                GenerationResult result = new Generator(session, engine.tokenizer(), new GreedySampler())
                        .generate(GenerationRequest.of(ids, expected.length).withIgnoreEndTokens(true), GenerationListener.NONE);
                assertEquals(prompt.get("greedy_text").textValue(), result.text());
                assertArrayEquals(expected, result.ids());
                assertArrayEquals(join(ids, Arrays.copyOf(expected, expected.length - 1)), session.ids());
            }
        }
    }

    @Test
    void anAnswerInTwoTurnsIsTheAnswerInOne() {
        int[] ids = engine.tokenizer().encodeOrdinary(prompts.get(0).get("text").textValue());
        try (Session session = session(1024)) {
            Generator generator = new Generator(session, engine.tokenizer(), new GreedySampler());
            GenerationResult first = generator.generate(GenerationRequest.of(ids, 10), GenerationListener.NONE);
            GenerationResult second = generator.generate(
                    GenerationRequest.of(join(ids, first.ids()), 38).withIgnoreEndTokens(true), GenerationListener.NONE);
            assertEquals(ids.length + 9, second.reusedTokens());
            assertEquals(prompts.get(0).get("greedy_text").textValue(), first.text() + second.text());
        }
    }

    @Test
    void aStopStringAndAFullContextEndIt() {
        int[] ids = engine.tokenizer().encodeOrdinary(prompts.get(0).get("text").textValue());
        try (Session session = session(12)) {
            Generator generator = new Generator(session, engine.tokenizer(), new GreedySampler());
            GenerationResult stopped = generator.generate(
                    GenerationRequest.of(ids, 40).withStopStrings(List.of("a king")), GenerationListener.NONE);
            assertEquals(" there lived ", stopped.text());
            assertEquals(FinishReason.STOP_STRING, stopped.reason());
            GenerationResult full = generator.generate(GenerationRequest.of(ids, 40), GenerationListener.NONE);
            assertEquals(FinishReason.LENGTH, full.reason());
            assertEquals(12, ids.length + full.ids().length);
            assertEquals(11, session.length());
        }
    }

    @Test
    void theSameSeedWritesTheSameText() {
        SamplerSettings settings = SamplerSettings.of(GenerationDefaults.of(engine.model().source()), 42);
        assertEquals(sampled(settings), sampled(settings));
    }

    private static String sampled(SamplerSettings settings) {
        try (Session session = session(200)) {
            int[] ids = engine.tokenizer().encodeOrdinary("Once upon a time");
            return new Generator(session, engine.tokenizer(), Sampler.of(settings))
                    .generate(GenerationRequest.of(ids, 40).withIgnoreEndTokens(true), GenerationListener.NONE).text();
        }
    }

    private static Session session(int context) {
        return engine.newSession(new SessionOptions(context, SessionOptions.DEFAULT_BATCH));
    }

    private static int[] join(int[] a, int[] b) {
        return IntStream.concat(IntStream.of(a), IntStream.of(b)).toArray();
    }
}
