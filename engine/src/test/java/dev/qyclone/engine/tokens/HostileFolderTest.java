package dev.qyclone.engine.tokens;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged and foreign tokenizers in a folder: an error that names file and key, never another exception. */
class HostileFolderTest {
    private static final int MUTATIONS = 600;

    @TempDir
    private Path folder;

    @Test
    void anEmptyFolderSaysWhatItLacks() {
        requireError(ErrorCode.FILE_NOT_FOUND, "tokenizer.json", SmallTokenizer.JSON.createObjectNode());
    }

    @Test
    void foreignTokenizersAreRefused() throws IOException {
        refused("model.type", tree -> tree.withObject("/model").put("type", "Unigram"));
        refused("model.byte_fallback", tree -> tree.withObject("/model").put("byte_fallback", true));
        refused("model.ignore_merges", tree -> tree.withObject("/model").put("ignore_merges", true));
        refused("model.end_of_word_suffix", tree -> tree.withObject("/model").put("end_of_word_suffix", "</w>"));
        refused("normalizer", tree -> tree.putNull("normalizer"));
        refused("normalizer", tree -> tree.remove("normalizer"));
        refused("normalizer", tree -> tree.withObject("/normalizer").put("type", "NFKC"));
        refused("pre_tokenizer", tree -> tree.remove("pre_tokenizer"));
        refused("pre_tokenizer", tree -> tree.putNull("pre_tokenizer"));
        refused("pre_tokenizer", tree -> tree.withObject("/pre_tokenizer/pretokenizers/0/pattern").put("Regex", "\\s+|\\S+"));
        refused("pre_tokenizer", tree -> tree.withObject("/pre_tokenizer/pretokenizers/0").put("behavior", "Removed"));
        refused("pre_tokenizer", tree -> tree.withObject("/pre_tokenizer/pretokenizers/1").put("use_regex", true));
        refused("pre_tokenizer", tree -> tree.withObject("/pre_tokenizer/pretokenizers/1").put("add_prefix_space", true));
        refused("decoder", tree -> tree.withObject("/decoder").put("type", "Metaspace"));
        refused("lstrip", tree -> ((ObjectNode) tree.get("added_tokens").get(1)).put("lstrip", true));
    }

    @Test
    void everyDamageIsNamed() throws IOException {
        damaged(ErrorCode.BAD_FILE, "model", tree -> tree.put("model", 3));
        damaged(ErrorCode.BAD_MODEL, "byte", tree -> tree.remove("model"));
        damaged(ErrorCode.BAD_MODEL, "vocab", tree -> tree.withObject("/model").put("vocab", "none"));
        damaged(ErrorCode.BAD_MODEL, "\"a\"", tree -> tree.withObject("/model/vocab").put("a", "seven"));
        damaged(ErrorCode.BAD_MODEL, "\"a\"", tree -> tree.withObject("/model/vocab").put("a", 1e99));
        damaged(ErrorCode.BAD_MODEL, "\"a\"", tree -> tree.withObject("/model/vocab").put("a", 1L << 40));
        damaged(ErrorCode.BAD_MODEL, "id 5", tree -> tree.withObject("/model/vocab").put("unheard", 5));
        damaged(ErrorCode.BAD_MODEL, "token id", tree -> tree.withObject("/model/vocab").put("unheard", Integer.MAX_VALUE));
        damaged(ErrorCode.BAD_MODEL, "token id", tree -> tree.withObject("/model/vocab").put("unheard", -1));
        damaged(ErrorCode.BAD_MODEL, "no byte", tree -> tree.withObject("/model/vocab").put("with space", 9999));
        damaged(ErrorCode.BAD_MODEL, "model.merges[0]", tree -> merges(tree).removeAll().add("the unheard"));
        damaged(ErrorCode.BAD_MODEL, "model.merges[0]", tree -> merges(tree).removeAll().add(""));
        damaged(ErrorCode.BAD_FILE, "model.merges[0]", tree -> merges(tree).removeAll().add(5));
        damaged(ErrorCode.BAD_FILE, "model.merges[0]", tree -> merges(tree).removeAll().addArray().add("t"));
        damaged(ErrorCode.BAD_FILE, "model.merges[0]", tree -> merges(tree).removeAll().addArray().add("t").add("h").add("e"));
        damaged(ErrorCode.BAD_MODEL, "twice", tree -> merges(tree).add(merges(tree).get(0)));
        damaged(ErrorCode.BAD_FILE, "added_tokens", tree -> tree.put("added_tokens", "all"));
        damaged(ErrorCode.BAD_FILE, "added_tokens", tree -> ((ObjectNode) tree.get("added_tokens").get(0)).remove("id"));
        damaged(ErrorCode.BAD_MODEL, "content", tree -> ((ObjectNode) tree.get("added_tokens").get(0)).remove("content"));
        damaged(ErrorCode.BAD_MODEL, "id 5", tree -> ((ObjectNode) tree.get("added_tokens").get(0)).put("id", 5));
        damaged(ErrorCode.BAD_MODEL, "twice", tree -> ((ObjectNode) tree.get("added_tokens").get(0)).put("content", "<|im_end|>"));
        damaged(ErrorCode.BAD_MODEL, "id", tree -> ((ObjectNode) tree.get("added_tokens").get(0))
                .put("id", tree.get("added_tokens").get(1).get("id").asInt()));
    }

    @Test
    void endTokensOfTheWrongKindAreNamed() throws IOException {
        SmallTokenizer.write(folder, SmallTokenizer.tree());
        for (String ends : new String[] {"\"<|im_end|>\"", "[1, \"two\"]", "1.5", "-1", "99999", "[1e300]", "{}", "[[1]]",
                "123456789012345678901234567890"}) {
            JsonNode config = SmallTokenizer.JSON.readTree("{\"eos_token_id\": " + ends + "}");
            requireError(ErrorCode.BAD_MODEL, "eos_token_id", config);
        }
    }

    @Test
    void damagedNeighboursAreNamed() throws IOException {
        JsonNode model = SmallTokenizer.tree().get("model");
        ObjectNode none = SmallTokenizer.JSON.createObjectNode();
        Files.writeString(folder.resolve("vocab.json"), model.get("vocab").toString());
        Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\n\nun heard\n");
        requireError(ErrorCode.BAD_MODEL, "merges.txt, line 3", none);
        Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\n");
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"added_tokens_decoder\": {\"x\": {\"content\": \"<|x|>\"}}}");
        requireError(ErrorCode.BAD_MODEL, "tokenizer_config.json", none);
        Files.writeString(folder.resolve("tokenizer_config.json"), "[]");
        requireError(ErrorCode.BAD_FILE, "tokenizer_config.json", none);
        Files.writeString(folder.resolve("tokenizer_config.json"), "{}");
        Files.writeString(folder.resolve("vocab.json"), "");
        requireError(ErrorCode.BAD_MODEL, "vocab.json", none);
        Files.writeString(folder.resolve("vocab.json"), "{\"a\":");
        requireError(ErrorCode.BAD_FILE, "vocab.json, line 1", none);
    }

    @Test
    void randomDamageGivesAnErrorOrATokenizer() throws IOException {
        byte[] sound = SmallTokenizer.JSON.writeValueAsBytes(SmallTokenizer.tree());
        Path file = folder.resolve("tokenizer.json");
        Random random = new Random(17);
        int refused = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] damaged = random.nextInt(4) == 0 ? Arrays.copyOf(sound, random.nextInt(sound.length)) : sound.clone();
            for (int changes = random.nextInt(4); changes >= 0 && damaged.length > 0; changes--) {
                damaged[random.nextInt(damaged.length)] = (byte) (random.nextBoolean() ? random.nextInt(256) : "{}[]\",:0-"
                        .getBytes(StandardCharsets.US_ASCII)[random.nextInt(9)]);
            }
            Files.write(file, damaged);
            try {
                FolderVocabulary.read(folder, SmallTokenizer.JSON.createObjectNode());
            } catch (EngineException e) {
                refused++;
                assertTrue(e.getMessage().contains("tokenizer.json"), e.getMessage());
            }
        }
        assertTrue(refused > MUTATIONS / 4, refused + " of " + MUTATIONS + " were refused");
    }

    private void refused(String named, Consumer<ObjectNode> change) throws IOException {
        damaged(ErrorCode.UNSUPPORTED, named, change);
    }

    private void damaged(ErrorCode code, String named, Consumer<ObjectNode> change) throws IOException {
        ObjectNode tree = SmallTokenizer.tree();
        change.accept(tree);
        SmallTokenizer.write(folder, tree);
        requireError(code, named, SmallTokenizer.JSON.createObjectNode());
    }

    private void requireError(ErrorCode code, String named, JsonNode config) {
        EngineException error = assertThrows(EngineException.class, () -> FolderVocabulary.read(folder, config), named);
        assertEquals(code, error.code(), error.getMessage());
        assertTrue(error.getMessage().contains(named) && error.getMessage().contains(folder.toString()), error.getMessage());
    }

    private static ArrayNode merges(ObjectNode tree) {
        return (ArrayNode) tree.get("model").get("merges");
    }
}
