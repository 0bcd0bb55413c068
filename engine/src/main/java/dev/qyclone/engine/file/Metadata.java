package dev.qyclone.engine.file;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The key–value pairs of a GGUF file. Values are Long (every integer type), Double (both float types), Boolean, String,
 * or a List of these. Getters that start with {@code require} throw an error with file, key, expected and found type.
 */
public final class Metadata {
    private final Path file;
    private final Map<String, Object> values;

    public Metadata(Path file, Map<String, Object> values) {
        this.file = file;
        this.values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    public Set<String> keys() {
        return values.keySet();
    }

    public boolean has(String key) {
        return values.containsKey(key);
    }

    /** The raw value, or null. */
    public Object get(String key) {
        return values.get(key);
    }

    public String requireString(String key) {
        throw new UnsupportedOperationException("contract only");
    }

    /** The string, or {@code otherwise} where the key is absent; a value of another type is an error. */
    public String stringOr(String key, String otherwise) {
        throw new UnsupportedOperationException("contract only");
    }

    public int requireInt(String key) {
        throw new UnsupportedOperationException("contract only");
    }

    public int intOr(String key, int otherwise) {
        throw new UnsupportedOperationException("contract only");
    }

    public double requireDouble(String key) {
        throw new UnsupportedOperationException("contract only");
    }

    public double doubleOr(String key, double otherwise) {
        throw new UnsupportedOperationException("contract only");
    }

    public boolean booleanOr(String key, boolean otherwise) {
        throw new UnsupportedOperationException("contract only");
    }

    public List<String> requireStrings(String key) {
        throw new UnsupportedOperationException("contract only");
    }

    public int[] requireInts(String key) {
        throw new UnsupportedOperationException("contract only");
    }
}
