package dev.qyclone.engine.file;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/**
 * One way to damage a file.
 *
 * @param at where, as a part of the file's length
 * @param length how many bytes a region has
 */
record Mutation(Kind kind, double at, int length, long value) {
    enum Kind { SET_BYTE, FLIP_BIT, TRUNCATE, REMOVE, INSERT, REPEAT, SET_U32, SET_U64 }

    private static final long[] EXTREMES = {
        0, 1, 2, -1, -2, 31, 33, 64, Byte.MAX_VALUE, Short.MAX_VALUE, Integer.MAX_VALUE, 1L << 31, 1L << 32, (1L << 32) - 1, 1L << 40,
        1L << 62, Long.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE - 31, '{', '}', '"', '[', ','
    };

    static Arbitrary<Mutation> any() {
        // Squared, since the heads of files are where the decisions are.
        Arbitrary<Double> places = Arbitraries.doubles().between(0, 1).map(place -> place * place);
        Arbitrary<Long> values = Arbitraries.oneOf(
                Arbitraries.integers().between(0, EXTREMES.length - 1).map(i -> EXTREMES[i]), Arbitraries.longs());
        return Combinators.combine(Arbitraries.of(Kind.class), places, Arbitraries.integers().between(1, 64), values).as(Mutation::new);
    }

    byte[] applied(byte[] bytes) {
        if (bytes.length == 0) {
            return bytes;
        }
        int from = (int) Math.min(bytes.length - 1, at * bytes.length);
        int to = Math.min(bytes.length, from + length);
        byte[] changed = bytes.clone();
        return switch (kind) {
            case SET_BYTE -> {
                changed[from] = (byte) value;
                yield changed;
            }
            case FLIP_BIT -> {
                changed[from] ^= (byte) (1 << (value & 7));
                yield changed;
            }
            case TRUNCATE -> Arrays.copyOf(bytes, from);
            case REMOVE -> spliced(bytes, from, to, new byte[0]);
            case INSERT -> spliced(bytes, from, from, ByteBuffer.allocate(Long.BYTES).putLong(value).array());
            case REPEAT -> spliced(bytes, to, to, Arrays.copyOfRange(bytes, from, to));
            case SET_U32 -> {
                if (from + Integer.BYTES <= changed.length) {
                    ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN).putInt(from, (int) value);
                }
                yield changed;
            }
            case SET_U64 -> {
                if (from + Long.BYTES <= changed.length) {
                    ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN).putLong(from, value);
                }
                yield changed;
            }
        };
    }

    private static byte[] spliced(byte[] bytes, int from, int to, byte[] middle) {
        return ByteBuffer.allocate(from + middle.length + bytes.length - to).put(bytes, 0, from).put(middle)
                .put(bytes, to, bytes.length - to).array();
    }
}
