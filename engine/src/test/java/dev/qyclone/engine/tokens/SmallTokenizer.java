package dev.qyclone.engine.tokens;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;

/** The small tokenizer of the tests' resources, made by Hugging Face's tokenizers; make.py beside it says how. */
final class SmallTokenizer {
    static final ObjectMapper JSON = new ObjectMapper();

    private SmallTokenizer() {
    }

    /** What the library says about one text. */
    record Expected(String text, int[] ordinary, int[] special, String shown, String whole, int[] stray, String strayShown) {
    }

    static Tokenizer load() {
        try {
            Path folder = Files.createTempDirectory("small-tokenizer");
            write(folder, tree());
            Tokenizer tokenizer = FolderVocabulary.read(folder, JSON.createObjectNode());
            Files.delete(folder.resolve("tokenizer.json"));
            Files.delete(folder);
            return tokenizer;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The tokenizer.json as a tree, to be changed by a test. */
    static ObjectNode tree() throws IOException {
        return (ObjectNode) JSON.readTree(resource("small-tokenizer.json"));
    }

    static Path write(Path folder, JsonNode tree) throws IOException {
        return Files.writeString(folder.resolve("tokenizer.json"), JSON.writeValueAsString(tree));
    }

    static List<Expected> expected() throws IOException {
        List<Expected> all = new ArrayList<>();
        for (String line : resource("small-expected.jsonl").split("\n")) {
            JsonNode node = JSON.readTree(line);
            all.add(new Expected(node.get("text").asText(), ids(node.get("ordinary")), ids(node.get("special")),
                    node.get("shown").asText(), node.get("whole").asText(), ids(node.get("stray")), node.get("strayShown").asText()));
        }
        return all;
    }

    static int[] ids(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).mapToInt(JsonNode::asInt).toArray();
    }

    private static String resource(String name) throws IOException {
        try (InputStream stream = SmallTokenizer.class.getResourceAsStream("/tokens/" + name)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
