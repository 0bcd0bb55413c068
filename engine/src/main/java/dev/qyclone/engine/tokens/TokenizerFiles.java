package dev.qyclone.engine.tokens;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads the tokenizer's files beside a model, within bounds. */
final class TokenizerFiles {
    /** Qwen's largest, tokenizer.json, has 7 to 11 MB. */
    private static final long MAX_BYTES = 256L << 20;

    /** The tokens of a vocabulary are field names: 150,000 different ones, which must not fill a symbol table. */
    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES).disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES).build());

    /** Reads one JSON document token by token. */
    @FunctionalInterface
    interface Reader {
        void read(JsonParser parser) throws IOException;
    }

    private TokenizerFiles() {
    }

    /** All bytes of a file. */
    static byte[] readBytes(Path file) {
        try {
            if (!Files.isRegularFile(file)) {
                throw new EngineException(ErrorCode.FILE_NOT_FOUND, file + " is not there or is no file");
            }
            if (Files.size(file) > MAX_BYTES) {
                throw new EngineException(ErrorCode.BAD_FILE, file + " is too large for a tokenizer")
                        .expected("at most " + MAX_BYTES + " bytes").got(Files.size(file));
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new EngineException(ErrorCode.FILE_NOT_FOUND, file + " cannot be read", e).got(e.getMessage());
        }
    }

    /** Streams a JSON file through {@code reader}; damaged JSON becomes an error with its line. */
    static void stream(Path file, Reader reader) {
        try (JsonParser parser = JSON.createParser(readBytes(file))) {
            reader.read(parser);
        } catch (JsonProcessingException e) {
            String place = e.getLocation() == null ? "" : ", line " + e.getLocation().getLineNr();
            throw new EngineException(ErrorCode.BAD_FILE, file + place + ": no sound JSON", e).got(e.getOriginalMessage());
        } catch (IOException e) {
            throw new EngineException(ErrorCode.BAD_FILE, file + ": no sound JSON", e).got(e.getMessage());
        }
    }

    /** A small JSON file as a tree; an object, or the error says so. */
    static JsonNode readObject(Path file) {
        JsonNode[] tree = new JsonNode[1];
        stream(file, parser -> tree[0] = JSON.readTree(parser));
        if (tree[0] == null || !tree[0].isObject()) {
            throw new EngineException(ErrorCode.BAD_FILE, file + " holds no JSON object").got(shortened(tree[0]));
        }
        return tree[0];
    }

    /** The value that the parser stands on, as a tree. */
    static JsonNode readTree(JsonParser parser) throws IOException {
        return JSON.readTree(parser);
    }

    /** A node for a message. */
    static String shortened(JsonNode node) {
        String text = String.valueOf(node);
        return text.length() <= 200 ? text : text.substring(0, 200) + "...";
    }
}
