package dev.qyclone.tasks.kernels;

import dev.qyclone.engine.tensor.TensorType;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** One packed row of any type times a vector; the type is a constant where a kernel is compiled. */
public final class MixedRows {
    /** The first code that is no {@link BlockFormat}: from here on the kinds of {@link Elements} that are not in blocks. */
    private static final int PLAIN = 8;
    private static final int BITS = 4;

    private MixedRows() {
    }

    /** What {@code flags} of a kernel for several matrices say of the one at a place: its type. */
    public static int code(TensorType type, int place) {
        int kind = Elements.kind(type);
        int code = kind < Elements.BYTES ? PLAIN + kind : new RowFormat(type, type.blockSize()).format();
        return code << Role.FORMAT_SHIFT + place * BITS;
    }

    /** One row's sum over every {@code step}-th 32 columns from the {@code first} on; {@code place} as in {@link #code}. */
    static float sum(
            FloatArray x, FloatArray norm, int normAt, IntArray words, FloatArray scales, int place, int group, int lane, int cols,
            int first, int step, int flags) {
        int code = (flags >> (Role.FORMAT_SHIFT + place * BITS)) & ((1 << BITS) - 1);
        float sum = 0f;
        if (code < PLAIN) {
            sum = MixedBlocks.sum(x, norm, normAt, words, scales, code, group, lane, cols >> 5, first, step, flags);
        } else {
            sum = plain(x, norm, normAt, words, scales, code - PLAIN, group, lane, cols, first, step, flags);
        }
        return sum;
    }

    private static float plain(
            FloatArray x, FloatArray norm, int normAt, IntArray words, FloatArray scales, int kind, int group, int lane, int cols,
            int first, int step, int flags) {
        float sum = 0f;
        for (int b = first * 32; b < cols; b += step * 32) {
            int end = TornadoMath.min(b + 32, cols);
            for (int i = b; i < end; i++) {
                sum += Elements.whole(words, scales, kind, group, lane, cols, i) * Fields.input(x, norm, normAt, i, flags);
            }
        }
        return sum;
    }
}
