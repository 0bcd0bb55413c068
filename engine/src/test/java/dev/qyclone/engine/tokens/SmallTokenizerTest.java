package dev.qyclone.engine.tokens;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A small vocabulary in all forms of a folder, held to what Hugging Face's library says about it. */
class SmallTokenizerTest {
    @TempDir
    private Path folder;

    @Test
    void equalsTheLibraryBothWays() throws IOException {
        requireEqual(SmallTokenizer.load());
    }

    @Test
    void readsMergesSpelledAsOneString() throws IOException {
        ObjectNode tree = SmallTokenizer.tree();
        ArrayNode merges = SmallTokenizer.JSON.createArrayNode();
        tree.get("model").get("merges").forEach(pair -> merges.add(pair.get(0).asText() + " " + pair.get(1).asText()));
        tree.withObject("/model").set("merges", merges);
        SmallTokenizer.write(folder, tree);
        requireEqual(read());
    }

    @Test
    void readsTheModelBeforeTheAddedTokensAndThoseInTheVocabularyToo() throws IOException {
        ObjectNode tree = SmallTokenizer.tree();
        JsonNode added = tree.remove("added_tokens");
        tree.set("added_tokens", added);
        added.forEach(token -> tree.withObject("/model/vocab").set(token.get("content").asText(), token.get("id")));
        SmallTokenizer.write(folder, tree);
        requireEqual(read());
    }

    @Test
    void readsVocabJsonAndMergesTxt() throws IOException {
        writePair("\n");
        ObjectNode config = SmallTokenizer.JSON.createObjectNode();
        for (JsonNode token : SmallTokenizer.tree().get("added_tokens")) {
            config.withObject("/added_tokens_decoder").set(token.get("id").asText(), token);
        }
        Files.writeString(folder.resolve("tokenizer_config.json"), config.toString());
        requireEqual(read());
    }

    @Test
    void readsTheOlderListOfAddedTokensAndWindowsLineEnds() throws IOException {
        writePair("\r\n");
        ObjectNode older = SmallTokenizer.JSON.createObjectNode();
        SmallTokenizer.tree().get("added_tokens").forEach(token -> older.set(token.get("content").asText(), token.get("id")));
        Files.writeString(folder.resolve("added_tokens.json"), older.toString());
        requireEqual(read());
    }

    @Test
    void aPairWithoutSpecialsGetsTheThreeOfAllQwenModels() throws IOException {
        writePair("\n");
        Tokenizer tokenizer = read();
        assertEquals(Set.of("<|endoftext|>", "<|im_start|>", "<|im_end|>"), tokenizer.specials());
        assertEquals(tokenizer.size() - 1, tokenizer.idOf("<|im_end|>").orElseThrow());
    }

    @Test
    void endTokensComeFromBothConfigurationsAndFromTheControls() throws IOException {
        SmallTokenizer.write(folder, SmallTokenizer.tree());
        Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\": [7, 8]}");
        ObjectNode config = SmallTokenizer.JSON.createObjectNode().put("eos_token_id", 9);
        Tokenizer tokenizer = FolderVocabulary.read(folder, config);
        int turn = tokenizer.idOf("<|im_end|>").orElseThrow();
        int text = tokenizer.idOf("<|endoftext|>").orElseThrow();
        assertEquals(Set.of(7, 8, 9, turn, text), tokenizer.endTokens());
    }

    @Test
    void onlyTheSpecialsNamedAreRecognised() {
        Tokenizer tokenizer = SmallTokenizer.load();
        int turn = tokenizer.idOf("<|im_end|>").orElseThrow();
        int longer = tokenizer.idOf("<|im_end|>!").orElseThrow();
        String text = "<|im_start|><|im_end|>!";
        int[] ids = tokenizer.encodeWithSpecials(text, Set.of("<|im_end|>", "no special of this vocabulary"));
        assertTrue(contains(ids, turn));
        assertFalse(contains(ids, longer));
        assertFalse(contains(ids, tokenizer.idOf("<|im_start|>").orElseThrow()));
        assertArrayEquals(new int[] {tokenizer.idOf("<|im_start|>").orElseThrow(), longer}, tokenizer.encodeWithSpecials(text));
    }

    @Test
    void controlTokensAreHiddenUserDefinedOnesAreNot() {
        Tokenizer tokenizer = SmallTokenizer.load();
        int call = tokenizer.idOf("<tool_call>").orElseThrow();
        int start = tokenizer.idOf("<|im_start|>").orElseThrow();
        assertFalse(tokenizer.isControl(call));
        assertTrue(tokenizer.isControl(start));
        assertEquals("<|im_start|><tool_call>", tokenizer.decode(start, call));
        TextStream stream = new TextStream(tokenizer);
        assertEquals("", stream.add(start));
        assertEquals("<tool_call>", stream.add(call));
        assertEquals("", stream.finish());
    }

    @Test
    void idsWithoutATokenDecodeToNothing() {
        Tokenizer tokenizer = SmallTokenizer.load();
        for (int id : new int[] {-1, tokenizer.size(), 151_935, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            assertEquals("", tokenizer.decode(id));
            assertFalse(tokenizer.isControl(id));
        }
    }

    @Test
    void aCharacterSplitOverTokensIsHeldBack() {
        Tokenizer tokenizer = SmallTokenizer.load();
        int[] bytes = new int[4];
        byte[] fire = "🔥".getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 4; i++) {
            bytes[i] = tokenOf(tokenizer, fire[i]);
        }
        TextStream stream = new TextStream(tokenizer);
        assertEquals("", stream.add(bytes[0]));
        assertEquals("", stream.add(bytes[1]));
        assertEquals("", stream.add(bytes[2]));
        assertEquals("🔥", stream.add(bytes[3]));
        assertEquals("", stream.add(bytes[0]));
        assertEquals("", stream.add(bytes[1]));
        assertEquals("\uFFFD", stream.finish());
        assertEquals("", stream.finish());
    }

    @Test
    void aLongTokenComesWholeAndInItsPlace() throws IOException {
        ObjectNode tree = SmallTokenizer.tree();
        String longText = "é".repeat(300);
        ((ObjectNode) tree.withArray("/added_tokens").get(3)).put("content", longText);
        SmallTokenizer.write(folder, tree);
        Tokenizer tokenizer = read();
        int longId = tokenizer.idOf(longText).orElseThrow();
        int begun = tokenOf(tokenizer, "🔥".getBytes(StandardCharsets.UTF_8)[0]);
        TextStream stream = new TextStream(tokenizer);
        assertEquals("", stream.add(begun));
        assertEquals("\uFFFD" + longText, stream.add(longId));
        assertEquals("", stream.add(begun));
        assertEquals("\uFFFD", stream.finish());
    }

    private static int tokenOf(Tokenizer tokenizer, byte value) {
        for (int id = 0; id < tokenizer.size(); id++) {
            byte[] bytes = tokenizer.bytes(id);
            if (bytes.length == 1 && bytes[0] == value) {
                return id;
            }
        }
        throw new AssertionError("no token for byte " + value);
    }

    private void writePair(String lineEnd) throws IOException {
        JsonNode model = SmallTokenizer.tree().get("model");
        Files.writeString(folder.resolve("vocab.json"), model.get("vocab").toString());
        List<String> lines = new ArrayList<>(List.of("#version: 0.2"));
        model.get("merges").forEach(pair -> lines.add(pair.get(0).asText() + " " + pair.get(1).asText()));
        Files.writeString(folder.resolve("merges.txt"), String.join(lineEnd, lines) + lineEnd);
    }

    private Tokenizer read() {
        return FolderVocabulary.read(folder, SmallTokenizer.JSON.createObjectNode());
    }

    private static void requireEqual(Tokenizer tokenizer) throws IOException {
        List<SmallTokenizer.Expected> lines = SmallTokenizer.expected();
        assertTrue(lines.size() > 90, "the oracle has its lines");
        for (SmallTokenizer.Expected line : lines) {
            assertArrayEquals(line.ordinary(), tokenizer.encodeOrdinary(line.text()), line.text());
            assertArrayEquals(line.special(), tokenizer.encodeWithSpecials(line.text()), line.text());
            assertEquals(line.whole(), tokenizer.decode(line.special()), line.text());
            assertEquals(line.shown(), streamed(tokenizer, line.special()), line.text());
            assertEquals(line.strayShown(), streamed(tokenizer, line.stray()), () -> "ids " + Arrays.toString(line.stray()));
        }
    }

    private static String streamed(Tokenizer tokenizer, int[] ids) {
        TextStream stream = new TextStream(tokenizer);
        StringBuilder text = new StringBuilder();
        for (int id : ids) {
            text.append(stream.add(id));
        }
        return text.append(stream.finish()).toString();
    }

    private static boolean contains(int[] ids, int id) {
        for (int each : ids) {
            if (each == id) {
                return true;
            }
        }
        return false;
    }
}
