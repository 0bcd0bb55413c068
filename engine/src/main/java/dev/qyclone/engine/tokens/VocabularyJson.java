package dev.qyclone.engine.tokens;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A vocabulary as Hugging Face writes it: an object of tokens and ids, and a list of added tokens. */
final class VocabularyJson {
    /** A token that is cut out of the raw text. */
    private record Added(String text, TokenKind kind) {
    }

    private final Path file;
    private final List<String> texts = new ArrayList<>();
    private final IdBuffer ids = new IdBuffer();
    private final Map<Integer, Added> added = new HashMap<>();

    /** @param file for messages */
    VocabularyJson(Path file) {
        this.file = file;
    }

    boolean hasAdded() {
        return !added.isEmpty();
    }

    /** Reads {@code {"token": id, ...}}; the parser stands on its opening brace. */
    void readTokens(JsonParser parser) throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw bad("vocab", "no object of tokens and ids");
        }
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String text = parser.currentName();
            boolean number = parser.nextToken() == JsonToken.VALUE_NUMBER_INT && parser.getNumberType() == JsonParser.NumberType.INT;
            if (!number) {
                throw bad("token " + TokenizerFiles.shown(text), "its id is no id")
                        .got(TokenizerFiles.shown(String.valueOf(parser.getText())));
            }
            texts.add(text);
            ids.add(parser.getIntValue());
        }
    }

    /**
     * Notes an added token, {@code {"content": ..., "special": ...}}. Its flag {@code normalized}, false in all Qwen models, is
     * not looked at: it would matter only where NFC changes the token's own characters.
     */
    void readAdded(JsonNode node, int id, Path where) {
        JsonNode content = node.path("content");
        if (!content.isTextual()) {
            throw new EngineException(ErrorCode.BAD_MODEL, where + ": the added token " + id + " has no content")
                    .expected("a text").got(JsonStream.shortened(node));
        }
        for (String flag : List.of("lstrip", "rstrip", "single_word")) {
            if (node.path(flag).asBoolean()) {
                throw new EngineException(ErrorCode.UNSUPPORTED,
                        where + ": the added token " + TokenizerFiles.shown(content.asText()) + " has " + flag)
                        .expected("false, as in all Qwen models");
            }
        }
        TokenKind kind = node.path("special").asBoolean() ? TokenKind.CONTROL : TokenKind.USER_DEFINED;
        add(id, content.asText(), kind, where);
    }

    /** Notes an added token. */
    void add(int id, String text, TokenKind kind, Path where) {
        if (added.putIfAbsent(id, new Added(text, kind)) != null) {
            throw new EngineException(ErrorCode.BAD_MODEL, where + ": two added tokens have the id " + id);
        }
    }

    /** All tokens; an added one may be in the vocabulary too, with the same id. */
    Vocabulary.Builder tokens() {
        Vocabulary.Builder builder = new Vocabulary.Builder(file.toString());
        int[] every = ids.toArray();
        for (int i = 0; i < every.length; i++) {
            Added special = added.get(every[i]);
            if (special == null) {
                builder.at("token %d", every[i]).ordinary(every[i], texts.get(i));
            } else if (!special.text.equals(texts.get(i))) {
                throw bad("added token " + TokenizerFiles.shown(special.text), "its id " + every[i] + " is that of another token")
                        .got(TokenizerFiles.shown(texts.get(i)));
            }
        }
        added.forEach((id, token) -> builder.at("added token %d", id).special(id, token.text, token.kind));
        return builder;
    }

    private EngineException bad(String where, String what) {
        return new EngineException(ErrorCode.BAD_MODEL, file + ", " + where + ": " + what);
    }
}
