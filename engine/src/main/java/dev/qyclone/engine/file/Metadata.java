package dev.qyclone.engine.file;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The key–value pairs of a GGUF file. Values are Long (every integer type; BigInteger from 2^63 on), Double (both float
 * types), Boolean, String, or a List of these. A getter throws an error with file, key, expected and found type: those
 * that start with {@code require} also where the key is absent.
 */
public final class Metadata {
    private static final int LONGEST_SHOWN = 40;

    private final Path file;
    private final Map<String, Object> values;

    /** @param file for messages */
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
        return string(key, required(key, "a string"));
    }

    /** The string, or {@code otherwise} where the key is absent; a value of another type is an error. */
    public String stringOr(String key, String otherwise) {
        return has(key) ? string(key, get(key)) : otherwise;
    }

    public int requireInt(String key) {
        return integer(key, required(key, "a 32-bit integer"));
    }

    public int intOr(String key, int otherwise) {
        return has(key) ? integer(key, get(key)) : otherwise;
    }

    public double requireDouble(String key) {
        return floating(key, required(key, "a float"));
    }

    public double doubleOr(String key, double otherwise) {
        return has(key) ? floating(key, get(key)) : otherwise;
    }

    public boolean booleanOr(String key, boolean otherwise) {
        if (!has(key)) {
            return otherwise;
        }
        if (get(key) instanceof Boolean value) {
            return value;
        }
        throw wrongType(key, "a boolean", get(key));
    }

    /** A list of strings, unmodifiable. */
    @SuppressWarnings("unchecked")
    public List<String> requireStrings(String key) {
        Object value = required(key, "an array of strings");
        if (!(value instanceof List<?> list)) {
            throw wrongType(key, "an array of strings", value);
        }
        for (Object element : list) {
            if (!(element instanceof String)) {
                throw wrongType(key, "an array of strings", value);
            }
        }
        return (List<String>) list;
    }

    /** An array of integers, as a copy. */
    public int[] requireInts(String key) {
        Object value = required(key, "an array of 32-bit integers");
        if (!(value instanceof List<?> list)) {
            throw wrongType(key, "an array of 32-bit integers", value);
        }
        int[] ints = new int[list.size()];
        for (int i = 0; i < ints.length; i++) {
            if (!(list.get(i) instanceof Long number) || number.intValue() != number) {
                throw wrongType(key, "an array of 32-bit integers", value);
            }
            ints[i] = number.intValue();
        }
        return ints;
    }

    private Object required(String key, String expected) {
        Object value = values.get(key);
        if (value == null) {
            throw new EngineException(ErrorCode.BAD_MODEL, file.getFileName() + ": the key " + key + " is missing").expected(expected)
                    .remedy("convert or download the model again");
        }
        return value;
    }

    private String string(String key, Object value) {
        if (value instanceof String string) {
            return string;
        }
        throw wrongType(key, "a string", value);
    }

    private int integer(String key, Object value) {
        if (value instanceof Long number && number.intValue() == number) {
            return number.intValue();
        }
        throw wrongType(key, "a 32-bit integer", value);
    }

    private double floating(String key, Object value) {
        if (value instanceof Double number) {
            return number;
        }
        throw wrongType(key, "a float", value);
    }

    private EngineException wrongType(String key, String expected, Object found) {
        return new EngineException(ErrorCode.BAD_MODEL, file.getFileName() + ": the key " + key + " has the wrong type")
                .expected(expected).got(described(found));
    }

    private static String described(Object value) {
        return switch (value) {
            case List<?> list when list.isEmpty() -> "an empty array";
            case List<?> list -> "an array of " + list.size() + " that starts with " + described(list.getFirst());
            case String string -> "the string \"" + MappedFile.shown(string.substring(0, Math.min(LONGEST_SHOWN, string.length()))) + "\"";
            case Boolean bool -> "the boolean " + bool;
            case Double number -> "the float " + number;
            default -> "the integer " + value;
        };
    }
}
