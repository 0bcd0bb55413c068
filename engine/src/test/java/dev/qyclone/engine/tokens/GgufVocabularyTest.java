package dev.qyclone.engine.tokens;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.qyclone.engine.SharedData;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.file.GgufFile;
import dev.qyclone.engine.file.Metadata;
import dev.qyclone.engine.model.ModelSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tokenizer in GGUF metadata: the small vocabulary with padding behind it, damaged in every way, and the demo model's. */
class GgufVocabularyTest {
    private static final Path FILE = Path.of("small.gguf");
    private static final String TOKENS = "tokenizer.ggml.tokens";
    private static final String TYPES = "tokenizer.ggml.token_type";
    private static final String MERGES = "tokenizer.ggml.merges";
    private static final String EOS = "tokenizer.ggml.eos_token_id";

    @Test
    void equalsTheLibrary() throws IOException {
        Tokenizer tokenizer = read(metadata -> { });
        for (SmallTokenizer.Expected line : SmallTokenizer.expected()) {
            assertArrayEquals(line.ordinary(), tokenizer.encodeOrdinary(line.text()), line.text());
            assertArrayEquals(line.special(), tokenizer.encodeWithSpecials(line.text()), line.text());
            assertEquals(line.whole(), tokenizer.decode(line.special()), line.text());
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "4", "5"})
    void paddingNeitherMatchesNorShows(long type) {
        Tokenizer tokenizer = read(metadata -> {
            List<String> tokens = strings(metadata, TOKENS);
            int id = tokens.size();
            tokens.add("[PAD" + id + "]");
            longs(metadata, TYPES).add(type);
        });
        int padding = tokenizer.size();
        String text = "[PAD" + padding + "]";
        assertFalse(tokenizer.specials().contains(text));
        assertArrayEquals(tokenizer.encodeOrdinary(text), tokenizer.encodeWithSpecials(text));
        assertEquals(text, tokenizer.decode(tokenizer.encodeWithSpecials(text)));
        assertEquals("", tokenizer.decode(padding));
    }

    @Test
    void aSpecialThatOnlyLooksLikePaddingMatches() {
        Tokenizer tokenizer = read(metadata -> {
            strings(metadata, TOKENS).add("[PAD1]");
            longs(metadata, TYPES).add(3L);
        });
        assertArrayEquals(new int[] {tokenizer.size() - 1}, tokenizer.encodeWithSpecials("[PAD1]"));
    }

    @Test
    void unusedIdsDecodeToNothing() {
        Tokenizer tokenizer = read(metadata -> {
            strings(metadata, TOKENS).addAll(List.of("<unused>", "<|last|>"));
            longs(metadata, TYPES).addAll(List.of(5L, 3L));
        });
        assertEquals("", tokenizer.decode(tokenizer.size() - 2));
        assertFalse(tokenizer.specials().contains("<unused>"));
        assertTrue(tokenizer.isControl(tokenizer.size() - 1));
    }

    @Test
    void aFileWithoutTheNameOfTheSplitMeansQwens() {
        Tokenizer tokenizer = read(metadata -> metadata.remove("tokenizer.ggml.pre"));
        assertEquals("cat", tokenizer.decode(tokenizer.encodeOrdinary("cat")));
    }

    @Test
    void theFilesEndTokenEndsAnAnswerToo() {
        Tokenizer tokenizer = read(metadata -> metadata.put(EOS, 5L));
        assertEquals(Set.of(5, tokenizer.idOf("<|im_end|>").orElseThrow(), tokenizer.idOf("<|endoftext|>").orElseThrow()),
                tokenizer.endTokens());
    }

    @Test
    void everyDamageIsNamed() {
        requireError(ErrorCode.UNSUPPORTED, "tokenizer.ggml.model", metadata -> metadata.put("tokenizer.ggml.model", "llama"));
        requireError(ErrorCode.UNSUPPORTED, "tokenizer.ggml.pre", metadata -> metadata.put("tokenizer.ggml.pre", "llama-bpe"));
        requireError(ErrorCode.BAD_MODEL, "tokenizer.ggml.model", metadata -> metadata.remove("tokenizer.ggml.model"));
        requireError(ErrorCode.BAD_MODEL, TOKENS, metadata -> metadata.put(TOKENS, List.of(1L, 2L)));
        requireError(ErrorCode.BAD_MODEL, TOKENS, metadata -> metadata.remove(TOKENS));
        requireError(ErrorCode.BAD_MODEL, "byte", metadata -> {
            metadata.put(TOKENS, List.of());
            metadata.put(TYPES, List.of());
        });
        requireError(ErrorCode.BAD_MODEL, TYPES, metadata -> metadata.remove(TYPES));
        requireError(ErrorCode.BAD_MODEL, TYPES, metadata -> longs(metadata, TYPES).removeLast());
        requireError(ErrorCode.BAD_MODEL, TYPES + "[7]", metadata -> longs(metadata, TYPES).set(7, 6L));
        requireError(ErrorCode.BAD_MODEL, TYPES + "[7]", metadata -> longs(metadata, TYPES).set(7, -1L));
        requireError(ErrorCode.BAD_MODEL, TOKENS + "[3]", metadata -> strings(metadata, TOKENS).set(3, "a b"));
        requireError(ErrorCode.BAD_MODEL, TOKENS + "[3]", metadata -> strings(metadata, TOKENS).set(3, ""));
        requireError(ErrorCode.BAD_MODEL, "ids 3 and 4", metadata -> Collections.fill(strings(metadata, TOKENS).subList(3, 5), "the"));
        requireError(ErrorCode.BAD_MODEL, "twice", metadata -> {
            strings(metadata, TOKENS).add("<|im_end|>");
            longs(metadata, TYPES).add(3L);
        });
        requireError(ErrorCode.BAD_MODEL, MERGES + "[1]", metadata -> strings(metadata, MERGES).set(1, "nobody knowsme"));
        requireError(ErrorCode.BAD_MODEL, MERGES + "[1]", metadata -> strings(metadata, MERGES).set(1, "ab"));
        requireError(ErrorCode.BAD_MODEL, MERGES + "[1]", metadata -> strings(metadata, MERGES).set(1, "a "));
        requireError(ErrorCode.BAD_MODEL, MERGES + "[1]", metadata -> strings(metadata, MERGES).set(1, " "));
        requireError(ErrorCode.BAD_MODEL, MERGES + "[1]", metadata -> strings(metadata, MERGES).set(1, "a b c"));
        requireError(ErrorCode.BAD_MODEL, MERGES + "[1]", metadata -> strings(metadata, MERGES).set(1, "<|im_end |>"));
        requireError(ErrorCode.BAD_MODEL, MERGES + "[1]", metadata -> strings(metadata, MERGES).set(1, "a " + "b".repeat(1000)));
        requireError(ErrorCode.BAD_MODEL, MERGES, metadata -> strings(metadata, MERGES).add(strings(metadata, MERGES).getFirst()));
        requireError(ErrorCode.BAD_MODEL, EOS, metadata -> metadata.put(EOS, 1L << 20));
        requireError(ErrorCode.BAD_MODEL, EOS, metadata -> metadata.put(EOS, -1L));
        requireError(ErrorCode.BAD_MODEL, EOS, metadata -> metadata.put(EOS, "151645"));
    }

    @Test
    void theDemoModelsTokenizerEqualsHuggingFaces() throws IOException {
        Path demo = SharedData.require("demo/fairytale-q8_0.gguf");
        JsonNode golden = SmallTokenizer.JSON.readTree(Files.readString(SharedData.require("demo/golden.json")));
        try (GgufFile file = GgufFile.open(demo)) {
            Tokenizer tokenizer = TokenizerLoader.load(new ModelSource.Gguf(file));
            assertEquals(4096, tokenizer.size());
            assertEquals(Set.of(4093, 4095), tokenizer.endTokens());
            assertEquals(3, golden.get("prompts").size());
            for (JsonNode prompt : golden.get("prompts")) {
                String text = prompt.get("text").asText();
                assertArrayEquals(SmallTokenizer.ids(prompt.get("ids")), tokenizer.encodeOrdinary(text), text);
                assertEquals(prompt.get("greedy_text").asText(), tokenizer.decode(SmallTokenizer.ids(prompt.get("greedy"))), text);
            }
        }
    }

    private static void requireError(ErrorCode code, String named, Consumer<Map<String, Object>> damage) {
        EngineException error = assertThrows(EngineException.class, () -> read(damage), named);
        assertEquals(code, error.code(), error.getMessage());
        assertTrue(error.getMessage().contains("small.gguf") && error.getMessage().contains(named), error.getMessage());
        assertTrue(error.getMessage().length() < 500, error.getMessage());
    }

    private static Tokenizer read(Consumer<Map<String, Object>> change) {
        Map<String, Object> metadata = metadata();
        change.accept(metadata);
        return GgufVocabulary.read(new Metadata(FILE, metadata), FILE);
    }

    /** The small tokenizer as a converter would write it. */
    private static Map<String, Object> metadata() {
        JsonNode tree;
        try {
            tree = SmallTokenizer.tree();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        JsonNode vocab = tree.get("model").get("vocab");
        int size = vocab.size() + tree.get("added_tokens").size();
        List<String> tokens = new ArrayList<>(Collections.nCopies(size, ""));
        List<Long> types = new ArrayList<>(Collections.nCopies(size, 1L));
        vocab.properties().forEach(token -> tokens.set(token.getValue().asInt(), token.getKey()));
        for (JsonNode token : tree.get("added_tokens")) {
            tokens.set(token.get("id").asInt(), token.get("content").asText());
            types.set(token.get("id").asInt(), token.get("special").asBoolean() ? 3L : 4L);
        }
        List<String> merges = new ArrayList<>();
        tree.get("model").get("merges").forEach(pair -> merges.add(pair.get(0).asText() + " " + pair.get(1).asText()));
        return new HashMap<>(Map.of("tokenizer.ggml.model", "gpt2", "tokenizer.ggml.pre", "qwen2", TOKENS, tokens, TYPES, types,
                MERGES, merges, EOS, (long) tokens.indexOf("<|im_end|>")));
    }

    @SuppressWarnings("unchecked")
    private static List<String> strings(Map<String, Object> metadata, String key) {
        return (List<String>) metadata.get(key);
    }

    @SuppressWarnings("unchecked")
    private static List<Long> longs(Map<String, Object> metadata, String key) {
        return (List<Long>) metadata.get(key);
    }
}
