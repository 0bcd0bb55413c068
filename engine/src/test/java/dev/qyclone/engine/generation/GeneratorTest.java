package dev.qyclone.engine.generation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.sampler.GreedySampler;
import dev.qyclone.engine.sampler.Sampler;
import dev.qyclone.engine.tokens.Tokenizer;
import dev.qyclone.engine.tokens.TokenizerLoader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The loop without a model: scripted logits, a greedy sampler, and a real tokenizer whose tokens are the 256 bytes. */
class GeneratorTest {
    private static final int[] PROMPT = {'P', ':'};
    private static final int END_OF_TEXT = 256;
    private static final int VOCAB = 259;

    @TempDir
    static Path folder;
    private static Tokenizer tokenizer;

    @BeforeAll
    static void makeTokenizer() throws IOException {
        Path file = folder.resolve("bytes.tiktoken");
        Files.writeString(file, IntStream.range(0, 256)
                .mapToObj(b -> Base64.getEncoder().encodeToString(new byte[] {(byte) b}) + " " + b)
                .collect(Collectors.joining("\n", "", "\n")));
        tokenizer = TokenizerLoader.loadTiktoken(file);
    }

    @Test
    void anEndTokenEndsTheAnswer() {
        GenerationResult result = generate(script("Hello", END_OF_TEXT, 'x'), request(50));
        assertEquals("Hello", result.text());
        assertEquals(FinishReason.END_TOKEN, result.reason());
        assertArrayEquals(script("Hello", END_OF_TEXT), result.ids());
        assertEquals(2, result.promptTokens());
        assertEquals(0, result.reusedTokens());
    }

    @Test
    void endTokensCanBeIgnored() {
        GenerationResult result = generate(script("ab", END_OF_TEXT, 'c'), request(4).withIgnoreEndTokens(true));
        assertEquals("abc", result.text());
        assertEquals(FinishReason.LENGTH, result.reason());
        assertArrayEquals(script("ab", END_OF_TEXT, 'c'), result.ids());
    }

    @Test
    void moreEndTokensCount() {
        GenerationResult result = generate(script("a!b"), request(50).withMoreEndTokens(Set.of((int) '!')));
        assertEquals("a", result.text());
        assertEquals(FinishReason.END_TOKEN, result.reason());
    }

    @Test
    void theLimitEndsTheAnswer() {
        GenerationResult result = generate(script("abcdef"), request(3));
        assertEquals("abc", result.text());
        assertEquals(FinishReason.LENGTH, result.reason());
        assertEquals(0, generate(script("abc"), request(0)).ids().length);
    }

    @Test
    void aFullContextEndsTheAnswer() {
        ScriptedLogits session = new ScriptedLogits(5, VOCAB, script("abcdef"));
        GenerationResult result = new Generator(session, tokenizer, new GreedySampler())
                .generate(request(GenerationRequest.UNLIMITED), GenerationListener.NONE);
        assertEquals("abc", result.text());
        assertEquals(FinishReason.LENGTH, result.reason());
        GenerationResult full = new Generator(new ScriptedLogits(2, VOCAB), tokenizer, new GreedySampler())
                .generate(request(7), GenerationListener.NONE);
        assertEquals(FinishReason.LENGTH, full.reason());
        assertEquals("", full.text());
    }

    @Test
    void aPromptLongerThanTheContextIsRefused() {
        ScriptedLogits session = new ScriptedLogits(1, VOCAB, script("a"));
        EngineException thrown = assertThrows(EngineException.class, () -> new Generator(session, tokenizer, new GreedySampler())
                .generate(request(7), GenerationListener.NONE));
        assertEquals(ErrorCode.CONTEXT_FULL, thrown.code());
        assertEquals("the prompt is longer than the context: expected at most 1 tokens, got 2; "
                + "raise --ctx if the model allows it, or shorten the prompt", thrown.getMessage());
        assertEquals(List.of(), session.held());
    }

    @Test
    void requestsAreChecked() {
        assertEquals(ErrorCode.BAD_REQUEST, assertThrows(EngineException.class, () ->
                GenerationRequest.of(new int[0], 1)).code());
        assertEquals(ErrorCode.BAD_REQUEST, assertThrows(EngineException.class, () -> request(-1)).code());
        assertEquals(ErrorCode.BAD_REQUEST, assertThrows(EngineException.class, () ->
                request(1).withStopStrings(List.of("a", ""))).code());
    }

    @Test
    void aStopStringAcrossTokensIsCutOff() {
        Recorder recorder = new Recorder();
        GenerationResult result = generate(script("ababc and more"), request(50).withStopStrings(List.of("abc")), recorder);
        assertEquals("ab", result.text());
        assertEquals(FinishReason.STOP_STRING, result.reason());
        assertArrayEquals(script("ababc"), result.ids());
        assertEquals(List.of("prefill 1/2", "prefill 2/2", "token 97", "token 98", "token 97", "text ab", "token 98", "token 99"),
                recorder.events);
    }

    @Test
    void theBeginningOfAStopStringAtTheEndIsText() {
        assertEquals("see ab", generate(script("see ab", END_OF_TEXT), request(50).withStopStrings(List.of("abc"))).text());
        assertEquals("see ab", generate(script("see abx"), request(6).withStopStrings(List.of("abc"))).text());
    }

    @Test
    void unfinishedCharactersAreHeldBack() {
        byte[] bytes = "für 你😀".getBytes(StandardCharsets.UTF_8);
        int[] ids = new int[bytes.length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = bytes[i] & 0xff;
        }
        Recorder recorder = new Recorder();
        assertEquals("für 你😀", generate(ids, request(ids.length), recorder).text());
        assertEquals(List.of("f", "ü", "r", " ", "你", "😀"), recorder.texts());
        assertEquals("für 你\ufffd", generate(ids, request(ids.length - 1)).text());
        assertEquals("für ", generate(ids, request(50).withStopStrings(List.of("你"))).text());
    }

    @Test
    void afterAnAnswerTheSessionHoldsAllButTheLastIdAndTheNextTurnGoesOn() {
        ScriptedLogits session = new ScriptedLogits(100, VOCAB, script("abc", END_OF_TEXT));
        Generator generator = new Generator(session, tokenizer, new GreedySampler());
        GenerationResult first = generator.generate(request(50), GenerationListener.NONE);
        assertEquals(boxed(script("P:abc")), session.held());
        int[] next = IntStream.of(PROMPT[0], PROMPT[1], 'a', 'b', 'c', END_OF_TEXT, 'Q', ':').toArray();
        assertArrayEquals(Arrays.copyOfRange(next, 2, 6), first.ids());
        Recorder recorder = new Recorder();
        GenerationResult second = generator.generate(GenerationRequest.of(next, 50), recorder);
        assertEquals(5, second.reusedTokens());
        assertEquals("prefill 3/3", recorder.events.get(2), "the end token and the two new ids are computed");
        assertEquals("abc", second.text());
    }

    @Test
    void cancellingBetweenTokensLeavesAUsableSession() {
        ScriptedLogits session = new ScriptedLogits(100, VOCAB, script("abcdef", END_OF_TEXT));
        Generator generator = new Generator(session, tokenizer, new GreedySampler());
        Recorder recorder = new Recorder();
        GenerationResult result = generator.generate(
                request(50).withStopStrings(List.of("cx")).withCancelled(() -> recorder.tokens() == 3), recorder);
        assertEquals(FinishReason.CANCELLED, result.reason());
        assertEquals("abc", result.text(), "what was held back is text after all");
        assertArrayEquals(script("abc"), result.ids());
        assertEquals(boxed(script("P:ab")), session.held());
        assertEquals("abcdef", generator.generate(request(50), GenerationListener.NONE).text());
    }

    @Test
    void cancellingThePrefillKeepsWhatWasThereBefore() {
        ScriptedLogits session = new ScriptedLogits(100, VOCAB, script("ab", END_OF_TEXT));
        Generator generator = new Generator(session, tokenizer, new GreedySampler());
        generator.generate(request(50), GenerationListener.NONE);
        Recorder recorder = new Recorder();
        GenerationResult result = generator.generate(
                GenerationRequest.of(script("P:abcdefg"), 50).withCancelled(() -> recorder.events.size() == 2), recorder);
        assertEquals(FinishReason.CANCELLED, result.reason());
        assertEquals(0, result.ids().length);
        assertEquals(boxed(script("P:ab")), session.held());
        assertEquals(List.of("prefill 1/5", "prefill 2/5"), recorder.events);
        assertEquals(FinishReason.CANCELLED, generator.generate(request(50).withCancelled(() -> true), recorder).reason());
        assertEquals(2, recorder.events.size(), "nothing is computed after the word came");
    }

    @Test
    void theSamplerSeesTheHistoryAndMayOverwriteItsLogits() {
        ScriptedLogits session = new ScriptedLogits(100, VOCAB, script("ab", END_OF_TEXT));
        List<String> seen = new ArrayList<>();
        Sampler spoiling = (logits, ids, prompt, length) -> {
            seen.add(tokenizer.decode(Arrays.copyOf(ids, length)) + " " + prompt);
            int id = GreedySampler.argmax(logits);
            logits[id] = Float.NaN;
            return id;
        };
        new Generator(session, tokenizer, spoiling).generate(request(50), GenerationListener.NONE);
        assertEquals(List.of("P: 2", "P:a 2", "P:ab 2"), seen);
        assertEquals(1, session.logits()[END_OF_TEXT]);
    }

    @Test
    void timesAreTaken() {
        GenerationResult result = generate(script("abc"), request(3));
        assertTrue(result.prefillNanos() > 0);
        assertTrue(result.firstTokenNanos() >= result.prefillNanos());
        assertEquals(2 * 1e9 / result.decodeNanos(), result.decodeTokensPerSecond());
        assertEquals(2 * 1e9 / result.prefillNanos(), result.prefillTokensPerSecond());
        assertEquals(0, generate(script("a"), request(1)).decodeTokensPerSecond());
    }

    private static GenerationResult generate(int[] script, GenerationRequest request) {
        return generate(script, request, GenerationListener.NONE);
    }

    private static GenerationResult generate(int[] script, GenerationRequest request, GenerationListener listener) {
        return new Generator(new ScriptedLogits(1000, VOCAB, script), tokenizer, new GreedySampler()).generate(request, listener);
    }

    private static GenerationRequest request(int maxTokens) {
        return GenerationRequest.of(PROMPT, maxTokens);
    }

    /** ASCII text as byte tokens, then ids. */
    private static int[] script(String text, int... more) {
        return IntStream.concat(text.chars(), IntStream.of(more)).toArray();
    }

    private static List<Integer> boxed(int[] ids) {
        return IntStream.of(ids).boxed().toList();
    }

    private static final class Recorder implements GenerationListener {
        private final List<String> events = new ArrayList<>();

        long tokens() {
            return events.stream().filter(event -> event.startsWith("token ")).count();
        }

        List<String> texts() {
            return events.stream().filter(event -> event.startsWith("text ")).map(event -> event.substring("text ".length())).toList();
        }

        @Override
        public void prefill(int done, int total) {
            events.add("prefill " + done + "/" + total);
        }

        @Override
        public void token(int id) {
            events.add("token " + id);
        }

        @Override
        public void text(String piece) {
            events.add("text " + piece);
        }
    }
}
