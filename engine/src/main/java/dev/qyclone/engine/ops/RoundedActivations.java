package dev.qyclone.engine.ops;

import dev.qyclone.engine.tensor.TensorType;

/**
 * Activations rounded to whole numbers of a few bits, a block at a time: x ≈ scale · n with |n| ≤ 2^(bits - 1) - 1, the scale a float
 * that takes the block's largest value to the largest number. Products with quantized weights can then be summed in integers. This is
 * the plain form, to which the kernels are held.
 */
final class RoundedActivations {
    /** Columns that share a scale. */
    static final int BLOCK = 32;
    private static final int FEWEST_BITS = 2;
    private static final int MOST_BITS = 16;

    private RoundedActivations() {
    }

    /** Bits to which decode rounds activations for weights of a type, where it reads a copy of them; 0 for floats. */
    static int bits(TensorType type) {
        return switch (type) {
            case F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K -> 0;
        };
    }

    /** The largest number of so many bits, its sign among them. */
    static int largest(int bits) {
        if (bits < FEWEST_BITS || bits > MOST_BITS) {
            throw new IllegalArgumentException("bits " + bits + " outside [" + FEWEST_BITS + ", " + MOST_BITS + "]");
        }
        return (1 << bits - 1) - 1;
    }

    /**
     * Rounds one block; halves go to the even number.
     *
     * @param x finite
     * @param numbers receives the numbers of x[from .. from + count)
     * @return the scale, 0 for a block of zeros
     */
    static float round(float[] x, int from, int count, int bits, int[] numbers) {
        float top = 0;
        for (int i = from; i < from + count; i++) {
            top = Math.max(top, Math.abs(x[i]));
        }
        int largest = largest(bits);
        float scale = top / largest;
        for (int i = 0; i < count; i++) {
            // In double: the inverse of a subnormal scale is no float.
            numbers[i] = scale == 0 ? 0 : (int) Math.clamp((long) Math.rint((double) x[from + i] / scale), -largest, largest);
        }
        return scale;
    }

    /** What is left of x[from .. from + count) once its blocks, the last of which may be shorter, are rounded: scale · n. */
    static void roundAll(float[] x, int from, int count, int bits, float[] out, int outFrom) {
        int[] numbers = new int[BLOCK];
        for (int at = 0; at < count; at += BLOCK) {
            int size = Math.min(BLOCK, count - at);
            float scale = round(x, from + at, size, bits, numbers);
            for (int i = 0; i < size; i++) {
                out[outFrom + at + i] = scale * numbers[i];
            }
        }
    }
}
