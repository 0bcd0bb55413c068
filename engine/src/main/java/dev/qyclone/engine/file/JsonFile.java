package dev.qyclone.engine.file;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A JSON object in a file, with typed getters whose errors name file, key, expected and found.
 *
 * @param path the file, for messages
 * @param root an object
 */
public record JsonFile(Path path, JsonNode root) {
    private static final long MAX_BYTES = 256L << 20;
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /**
     * Reads a file that must hold one JSON object.
     *
     * @throws EngineException FILE_NOT_FOUND or BAD_FILE
     */
    public static JsonFile read(Path path) {
        try {
            long size = Files.size(path);
            if (size > MAX_BYTES) {
                throw new EngineException(ErrorCode.BAD_FILE, path + " is too large for a JSON file")
                        .expected("at most " + MAX_BYTES + " bytes").got(size);
            }
            JsonNode root = MAPPER.readTree(Files.readAllBytes(path));
            if (root == null || !root.isObject()) {
                throw new EngineException(ErrorCode.BAD_FILE, path + " holds no JSON object")
                        .expected("{…}").got(root == null || root.isMissingNode() ? "nothing" : root.getNodeType());
            }
            return new JsonFile(path, root);
        } catch (NoSuchFileException e) {
            throw new EngineException(ErrorCode.FILE_NOT_FOUND, path + " is not there", e);
        } catch (JacksonException e) {
            String where = e.getLocation() == null ? "" : " at line " + e.getLocation().getLineNr();
            throw new EngineException(ErrorCode.BAD_FILE, path + " is not valid JSON" + where, e).got(e.getOriginalMessage());
        } catch (IOException e) {
            throw new EngineException(ErrorCode.FILE_NOT_FOUND, path + " cannot be read", e).got(e.getMessage());
        }
    }

    /** True if the key is there and not null. */
    public boolean has(String key) {
        return root.hasNonNull(key);
    }

    /** An object inside this one, as a file of its own for messages; empty where the key is absent or null. */
    public JsonFile object(String key) {
        JsonNode node = root.path(key);
        if (node.isMissingNode() || node.isNull()) {
            return new JsonFile(path, JsonNodeFactory.instance.objectNode());
        }
        if (!node.isObject()) {
            throw wrongType(key, "an object", node);
        }
        return new JsonFile(path, node);
    }

    public int requireInt(String key) {
        requirePresent(key, "a whole number");
        return intOr(key, 0);
    }

    /** The number, or {@code otherwise} where the key is absent or null. */
    public int intOr(String key, int otherwise) {
        if (!has(key)) {
            return otherwise;
        }
        JsonNode node = root.get(key);
        if (!node.isIntegralNumber() || !node.canConvertToInt()) {
            throw wrongType(key, "a whole number below 2^31", node);
        }
        return node.intValue();
    }

    public double requireDouble(String key) {
        requirePresent(key, "a number");
        return doubleOr(key, 0);
    }

    /** The number, or {@code otherwise} where the key is absent or null. */
    public double doubleOr(String key, double otherwise) {
        if (!has(key)) {
            return otherwise;
        }
        JsonNode node = root.get(key);
        if (!node.isNumber()) {
            throw wrongType(key, "a number", node);
        }
        return node.doubleValue();
    }

    /** The flag, or {@code otherwise} where the key is absent or null. */
    public boolean booleanOr(String key, boolean otherwise) {
        if (!has(key)) {
            return otherwise;
        }
        JsonNode node = root.get(key);
        if (!node.isBoolean()) {
            throw wrongType(key, "true or false", node);
        }
        return node.booleanValue();
    }

    /** The text, or {@code otherwise} where the key is absent or null. */
    public String stringOr(String key, String otherwise) {
        if (!has(key)) {
            return otherwise;
        }
        JsonNode node = root.get(key);
        if (!node.isTextual()) {
            throw wrongType(key, "a string", node);
        }
        return node.textValue();
    }

    private void requirePresent(String key, String expected) {
        if (!has(key)) {
            throw new EngineException(ErrorCode.BAD_FILE, path + " lacks the key " + key).expected(expected);
        }
    }

    private EngineException wrongType(String key, String expected, JsonNode node) {
        String text = node.toString();
        return new EngineException(ErrorCode.BAD_FILE, path + ": key " + key + " has the wrong type")
                .expected(expected).got(text.length() > 60 ? text.substring(0, 60) + "…" : text);
    }
}
