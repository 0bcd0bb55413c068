package dev.qyclone.engine.tokens;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Streams the tokenizer's large JSON files; small ones are read as trees. Apart from {@link TokenizerFiles}, so that a bare
 * vocabulary does not wait for Jackson.
 */
final class JsonStream {
    /** The tokens of a vocabulary are field names: 150,000 different ones, which must not fill a symbol table. */
    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES).disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES).build());

    /** Reads one JSON document token by token. */
    @FunctionalInterface
    interface Reader {
        void read(JsonParser parser) throws IOException;
    }

    private JsonStream() {
    }

    /** Streams a JSON file through {@code reader}; damaged JSON becomes an error with its line. */
    static void stream(Path file, Reader reader) {
        try (JsonParser parser = JSON.createParser(TokenizerFiles.readBytes(file))) {
            reader.read(parser);
        } catch (JsonProcessingException e) {
            String place = e.getLocation() == null ? "" : ", line " + e.getLocation().getLineNr();
            throw new EngineException(ErrorCode.BAD_FILE, file + place + ": no sound JSON", e)
                    .got(TokenizerFiles.shown(e.getOriginalMessage()));
        } catch (IOException e) {
            throw new EngineException(ErrorCode.BAD_FILE, file + ": no sound JSON", e).got(e.getMessage());
        }
    }

    /** The value that the parser stands on, as a tree. */
    static JsonNode readTree(JsonParser parser) throws IOException {
        return JSON.readTree(parser);
    }

    /** A node for a message. */
    static String shortened(JsonNode node) {
        return TokenizerFiles.shown(String.valueOf(node));
    }
}
