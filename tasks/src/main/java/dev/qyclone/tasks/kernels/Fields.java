package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * One weight, scale or minimum out of packed words, as a float. Only shifts, masks and conversions: what TornadoVM compiles rightly,
 * and what a device's compiler turns into vector code. {@code at} is the index of a lane's word.
 */
final class Fields {
    /** What {@link #half} is to be multiplied by. */
    static final float HALF_UNIT = 1f / (1 << 25);
    /** What {@link #relative} is to be multiplied by, besides its block's scale: 2^-60. */
    static final float RELATIVE_UNIT = 1f / (1 << 30) / (1 << 30);

    private Fields() {
    }

    /** A signed field of 32 - right bits that begins {@code left} bits below the top. */
    static float signed(IntArray words, int at, int left, int right) {
        return (float) ((words.get(at) << left) >> right);
    }

    /** An unsigned field of six bits, {@code shift} bits above the bottom. */
    static float six(IntArray words, int at, int shift) {
        return (float) ((words.get(at) >> shift) & 63);
    }

    /**
     * A signed field in two places: the low four bits {@code shift} bits above the bottom of one word; the others, 32 - highRight
     * bits with the sign, {@code highLeft} bits below the top of another.
     */
    static float wide(IntArray words, int at, int shift, int high, int highLeft, int highRight) {
        return (float) ((((words.get(high) << highLeft) >> highRight) << 4) | ((words.get(at) >> shift) & 15));
    }

    /**
     * A finite half in units of {@link #HALF_UNIT}, exactly: significand · 2^exponent, both as integers.
     *
     * @param left 16 for the lower half of the word, 0 for the upper
     */
    static float half(IntArray words, int at, int left) {
        int bits = words.get(at) << left;
        int exponent = (bits >> 26) & 31;
        int normal = (exponent + 31) >> 5;
        int sign = bits >> 31;
        int significand = ((((bits >> 16) & 1023) | (normal << 10)) ^ sign) - sign;
        return (float) significand * (float) (1 << (exponent + 1 - normal));
    }

    /**
     * A weight as {@link RelativeBits} keeps it, in units of its block's scale and {@link #RELATIVE_UNIT}, exactly:
     * significand · 2^(60 - distance), the power in two factors that fit an integer.
     *
     * @param left 16 for the lower half of the word, 0 for the upper
     */
    static float relative(IntArray words, int at, int left) {
        int bits = words.get(at) << left;
        int power = 30 - ((bits >> 25) & 63);
        int below = power & (power >> 31);
        int sign = bits >> 31;
        int significand = (((bits >> 16) & 255) ^ sign) - sign;
        return (float) significand * (float) (1 << (power - below)) * (float) (1 << (30 + below));
    }

    /** Element i of a product's input: times its norm's weight if {@code flags} say so. */
    static float input(FloatArray x, FloatArray norm, int normAt, int i, int flags) {
        float value = x.get(i);
        if ((flags & Role.NORMED) != 0) {
            value = value * norm.get(normAt + i);
        }
        return value;
    }

    /** As {@link #input}; behind the last column, where weights are zero, the last column's. */
    static float inputWithin(FloatArray x, FloatArray norm, int normAt, int i, int cols, int flags) {
        int within = i;
        if (i >= cols) {
            within = cols - 1;
        }
        return input(x, norm, normAt, within, flags);
    }
}
