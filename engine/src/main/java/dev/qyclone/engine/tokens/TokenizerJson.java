package dev.qyclone.engine.tokens;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Hugging Face's {@code tokenizer.json}: read if it is byte-level BPE with Qwen's normalization and split, refused otherwise. */
final class TokenizerJson {
    private final Path file;
    private final VocabularyJson vocabulary;
    private final List<String> merges = new ArrayList<>();
    private boolean splitChecked;
    private boolean normalizerChecked;

    private TokenizerJson(Path file) {
        this.file = file;
        this.vocabulary = new VocabularyJson(file);
    }

    /** Tokens and merges; the ends of an answer are in other files. */
    record Content(Vocabulary vocabulary, Merges merges) {
    }

    static Content read(Path file) {
        TokenizerJson reader = new TokenizerJson(file);
        JsonStream.stream(file, reader::readDocument);
        if (!reader.splitChecked) {
            throw reader.unsupported("pre_tokenizer", TextSplitter.PUBLISHED, "none");
        }
        if (!reader.normalizerChecked) {
            throw reader.unsupported("normalizer", "NFC", "none");
        }
        Vocabulary tokens = reader.vocabulary.tokens().build();
        return new Content(tokens, ListedMerges.of(tokens, reader.merges, rank -> file + ", model.merges[" + rank + "]"));
    }

    private void readDocument(JsonParser parser) throws IOException {
        require(parser.nextToken() == JsonToken.START_OBJECT, "the document", "an object");
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            parser.nextToken();
            switch (field) {
                case "model" -> readModel(parser);
                case "added_tokens" -> readAdded(JsonStream.readTree(parser));
                case "normalizer" -> checkNormalizer(JsonStream.readTree(parser));
                case "pre_tokenizer" -> checkSplit(JsonStream.readTree(parser));
                case "decoder" -> checkDecoder(JsonStream.readTree(parser));
                default -> parser.skipChildren();
            }
        }
    }

    private void readModel(JsonParser parser) throws IOException {
        require(parser.currentToken() == JsonToken.START_OBJECT, "model", "an object");
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            parser.nextToken();
            switch (field) {
                case "vocab" -> vocabulary.readTokens(parser);
                case "merges" -> readMerges(parser);
                case "type" -> requireValue("model.type", JsonStream.readTree(parser), "BPE");
                case "dropout", "continuing_subword_prefix", "end_of_word_suffix", "byte_fallback", "ignore_merges" ->
                        requireUnset("model." + field, JsonStream.readTree(parser));
                default -> parser.skipChildren();
            }
        }
    }

    /** Both spellings: {@code "A B"}, and {@code ["A", "B"]} of newer files. */
    private void readMerges(JsonParser parser) throws IOException {
        require(parser.currentToken() == JsonToken.START_ARRAY, "model.merges", "a list");
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() == JsonToken.VALUE_STRING) {
                merges.add(parser.getText());
                continue;
            }
            String place = "model.merges[" + merges.size() + "]";
            require(parser.currentToken() == JsonToken.START_ARRAY, place, "\"A B\" or [\"A\", \"B\"]");
            require(parser.nextToken() == JsonToken.VALUE_STRING, place, "two tokens");
            String left = parser.getText();
            require(parser.nextToken() == JsonToken.VALUE_STRING, place, "two tokens");
            merges.add(left + ' ' + parser.getText());
            require(parser.nextToken() == JsonToken.END_ARRAY, place, "two tokens");
        }
    }

    private void readAdded(JsonNode tokens) {
        require(tokens.isArray() || tokens.isNull(), "added_tokens", "a list");
        for (JsonNode token : tokens) {
            JsonNode id = token.path("id");
            require(id.isIntegralNumber() && id.canConvertToInt(), "added_tokens",
                    "an id in each, not " + JsonStream.shortened(token));
            vocabulary.readAdded(token, id.asInt(), file);
        }
    }

    private void checkNormalizer(JsonNode normalizer) {
        requireValue("normalizer", normalizer.isObject() ? normalizer.path("type") : normalizer, "NFC");
        normalizerChecked = true;
    }

    private void checkDecoder(JsonNode decoder) {
        if (!decoder.isNull()) {
            requireValue("decoder", decoder.path("type"), "ByteLevel");
        }
    }

    private void checkSplit(JsonNode node) {
        JsonNode split = node.path("pretokenizers").path(0);
        JsonNode bytes = node.path("pretokenizers").path(1);
        boolean qwen = node.path("type").asText().equals("Sequence") && node.path("pretokenizers").size() == 2
                && split.path("type").asText().equals("Split")
                && split.path("pattern").path("Regex").asText().equals(TextSplitter.PUBLISHED)
                && split.path("behavior").asText().equals("Isolated") && !split.path("invert").asBoolean()
                && bytes.path("type").asText().equals("ByteLevel") && !bytes.path("add_prefix_space").asBoolean(true)
                && !bytes.path("use_regex").asBoolean(true);
        if (!qwen) {
            throw unsupported("pre_tokenizer", "a Split by " + TextSplitter.PUBLISHED + " and ByteLevel", JsonStream.shortened(node));
        }
        splitChecked = true;
    }

    private void requireValue(String key, JsonNode value, String expected) {
        if (!value.isTextual() || !value.asText().equals(expected)) {
            throw unsupported(key, expected, JsonStream.shortened(value));
        }
    }

    private void requireUnset(String key, JsonNode value) {
        boolean unset = value.isNull() || value.isBoolean() && !value.asBoolean() || value.isTextual() && value.asText().isEmpty()
                || value.isNumber() && value.asDouble() == 0;
        if (!unset) {
            throw unsupported(key, "nothing", JsonStream.shortened(value));
        }
    }

    private void require(boolean condition, String place, String expected) {
        if (!condition) {
            throw new EngineException(ErrorCode.BAD_FILE, file + ", " + place + " is of the wrong kind").expected(expected);
        }
    }

    private EngineException unsupported(String key, String expected, String got) {
        return new EngineException(ErrorCode.UNSUPPORTED, file + ", " + key + ": this tokenizer is not Qwen's")
                .expected(expected).got(got);
    }
}
