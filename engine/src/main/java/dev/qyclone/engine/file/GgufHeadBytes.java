package dev.qyclone.engine.file;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The bytes before the weights of a GGUF file, little-endian, as they grow. */
final class GgufHeadBytes {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    static boolean canHold(Object value) {
        return switch (value) {
            case Integer i -> true;
            case Long l -> true;
            case Float f -> true;
            case Double d -> true;
            case Boolean b -> true;
            case String s -> true;
            case int[] ints -> true;
            case float[] floats -> true;
            case List<?> list -> list.stream().allMatch(String.class::isInstance);
            default -> false;
        };
    }

    GgufHeadBytes u32(int value) {
        for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
            bytes.write(value >>> shift);
        }
        return this;
    }

    GgufHeadBytes u64(long value) {
        return u32((int) value).u32((int) (value >>> Integer.SIZE));
    }

    GgufHeadBytes string(String value) {
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        u64(utf8.length);
        bytes.writeBytes(utf8);
        return this;
    }

    /** The type's number and the value; {@link #canHold} has been asked before. */
    GgufHeadBytes value(Object value) {
        return switch (value) {
            case Integer number -> u32(number < 0 ? 5 : 4).u32(number);
            case Long number -> u32(number < 0 ? 11 : 10).u64(number);
            case Float number -> u32(6).u32(Float.floatToRawIntBits(number));
            case Double number -> u32(12).u64(Double.doubleToRawLongBits(number));
            case Boolean bool -> u32(7).u8(bool ? 1 : 0);
            case String string -> u32(8).string(string);
            case int[] numbers -> ints(numbers);
            case float[] numbers -> floats(numbers);
            case List<?> list -> strings(list);
            default -> throw new IllegalArgumentException(String.valueOf(value));
        };
    }

    /** Everything so far, and zeros up to a multiple of {@code alignment}. */
    ByteBuffer padded(int alignment) {
        while (bytes.size() % alignment != 0) {
            bytes.write(0);
        }
        return ByteBuffer.wrap(bytes.toByteArray());
    }

    private GgufHeadBytes u8(int value) {
        bytes.write(value);
        return this;
    }

    private GgufHeadBytes ints(int[] numbers) {
        u32(9).u32(5).u64(numbers.length);
        for (int number : numbers) {
            u32(number);
        }
        return this;
    }

    private GgufHeadBytes floats(float[] numbers) {
        u32(9).u32(6).u64(numbers.length);
        for (float number : numbers) {
            u32(Float.floatToRawIntBits(number));
        }
        return this;
    }

    private GgufHeadBytes strings(List<?> list) {
        u32(9).u32(8).u64(list.size());
        list.forEach(string -> string((String) string));
        return this;
    }
}
