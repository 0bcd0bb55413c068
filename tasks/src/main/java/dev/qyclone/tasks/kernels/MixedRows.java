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
        int code = switch (type) {
            case F32 -> PLAIN + Elements.FLOATS;
            case F16 -> PLAIN + Elements.HALVES;
            case BF16 -> PLAIN + Elements.RELATIVE;
            case Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K -> new RowFormat(type, type.blockSize()).format();
        };
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
        int blocks = (cols + 31) >> 5;
        float sum = 0f;
        for (int b = first; b < blocks; b += step) {
            int count = TornadoMath.min(32, cols - b * 32);
            float products = 0f;
            for (int i = b * 32; i < b * 32 + count; i++) {
                float weight = TileWeights.number(words, scales, kind, 0, group, lane, cols, i >> 4, i & 15);
                products += weight * Fields.input(x, norm, normAt, i, flags);
            }
            sum += products * TileWeights.scale(words, scales, kind, 0, group, lane, cols, b << 1);
        }
        return sum;
    }
}
