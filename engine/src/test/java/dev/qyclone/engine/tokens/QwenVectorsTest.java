package dev.qyclone.engine.tokens;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.qyclone.engine.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The published vectors and the project's own, with the real vocabulary: every line equal. */
class QwenVectorsTest {
    private static Tokenizer tokenizer;

    @BeforeAll
    static void load() {
        tokenizer = TokenizerLoader.loadTiktoken(SharedData.require("data/qwen.tiktoken"));
    }

    @Test
    void bareVocabularyHasThreeControlTokensFromItsNextFreeId() {
        assertEquals(151_646, tokenizer.size());
        assertEquals(151_643, tokenizer.idOf("<|endoftext|>").orElseThrow());
        assertEquals(151_644, tokenizer.idOf("<|im_start|>").orElseThrow());
        assertEquals(151_645, tokenizer.idOf("<|im_end|>").orElseThrow());
        assertEquals(Set.of(151_643, 151_645), tokenizer.endTokens());
    }

    @Test
    void equalsLlamaCppOnItsTexts() throws IOException {
        // llama.cpp does no NFC, Hugging Face and this tokenizer do; none of these texts changes by it.
        String texts = Files.readString(SharedData.require("reference/vectors/ggml-vocab-qwen2.gguf.inp"));
        List<String> inputs = List.of(texts.split("\n__ggml_vocab_test__\n"));
        List<String> outputs = Arrays.asList(
                Files.readString(SharedData.require("reference/vectors/ggml-vocab-qwen2.gguf.out")).split("\n", -1));
        assertEquals(43, inputs.size());
        for (int i = 0; i < inputs.size(); i++) {
            int[] expected = Arrays.stream(outputs.get(i).trim().split(" "))
                    .filter(id -> !id.isEmpty()).mapToInt(Integer::parseInt).toArray();
            assertArrayEquals(expected, tokenizer.encodeOrdinary(inputs.get(i)), "text " + i);
        }
    }

    @Test
    void equalsHuggingFaceOnItsIntegrationTexts() throws IOException {
        List<JsonNode> lines = lines("reference/vectors/hf-qwen2-tokenizer-integration.jsonl");
        assertEquals(3, lines.size());
        for (JsonNode line : lines) {
            assertArrayEquals(ids(line.get("ids")), tokenizer.encodeWithSpecials(line.get("text").asText()), line.get("text").asText());
        }
    }

    @Test
    void equalsTheReferenceOnTrickyTextsPieceByPiece() throws IOException {
        List<JsonNode> lines = lines("reference/vectors/qwen-extra-encode.jsonl");
        assertEquals(33, lines.size());
        for (JsonNode line : lines) {
            String name = line.get("name").asText();
            String text = line.get("text").asText();
            assertArrayEquals(ids(line.get("ids")), tokenizer.encodeOrdinary(text), name);
            List<String> pieces = new ArrayList<>();
            line.get("pieces").forEach(piece -> pieces.add(piece.asText()));
            assertEquals(pieces, TextSplitter.pieces(Nfc.normalize(text)), name);
        }
    }

    @Test
    void recognisesSpecialsOnlyWhereAsked() throws IOException {
        List<JsonNode> lines = lines("reference/vectors/qwen-extra-special.jsonl");
        assertEquals(6, lines.size());
        for (JsonNode line : lines) {
            String text = line.get("text").asText();
            assertArrayEquals(ids(line.get("ids_plain")), tokenizer.encodeOrdinary(text), text);
            assertArrayEquals(ids(line.get("ids_plain")), tokenizer.encodeWithSpecials(text, Set.of()), text);
            assertArrayEquals(ids(line.get("ids_parse_special")), tokenizer.encodeWithSpecials(text), text);
        }
    }

    @Test
    void equalsTheProjectsFourHundredLines() throws IOException {
        List<JsonNode> lines = lines("data/tokens.jsonl");
        assertEquals(400, lines.size());
        for (JsonNode line : lines) {
            String text = line.get("text").asText();
            assertArrayEquals(ids(line.get("ordinary")), tokenizer.encodeOrdinary(text), text);
            assertArrayEquals(ids(line.get("special")), tokenizer.encodeWithSpecials(text), text);
        }
    }

    private static List<JsonNode> lines(String path) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        List<JsonNode> nodes = new ArrayList<>();
        for (String line : Files.readAllLines(SharedData.require(path))) {
            nodes.add(mapper.readTree(line));
        }
        return nodes;
    }

    private static int[] ids(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).mapToInt(JsonNode::asInt).toArray();
    }
}
