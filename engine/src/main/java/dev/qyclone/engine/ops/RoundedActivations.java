package dev.qyclone.engine.ops;

import dev.qyclone.engine.tensor.TensorType;

/**
 * Activations rounded to whole numbers, sixteen columns at a time: x ≈ scale · n. The scale is a float, the smallest with which no eight
 * columns that a kernel sums in 16 bits, with quants of -8 to 7, come to more than those hold: Σ |n| ≤ {@value #LARGEST_SUM}, over the
 * columns 0 to 3 and 8 to 11, and over the others. So a value that stands out gets up to 13 bits, its sign among them, and sixteen of the
 * same size get 10. This is the plain form, to which the kernels are held.
 */
final class RoundedActivations {
    /** Columns that share a scale. */
    static final int BLOCK = 16;
    /** 8 · 4095 < 2^15. */
    static final int LARGEST_SUM = 4095;
    /** What each of eight numbers may gain by rounding is left free. */
    private static final int SUM = LARGEST_SUM - 4;
    /** Activations of a block that come to less count as zeros: the inverse of the scale would be no float. */
    private static final float NOTHING = 0x1p-100f;
    /** A float that much larger than a small one has no digits for its fraction. */
    static final float ROUNDER = 0x1.8p23f;

    private RoundedActivations() {
    }

    /** The fewest bits to which decode rounds activations for weights of a type, where it reads a copy of them; 0 for floats. */
    static int bits(TensorType type) {
        return switch (type) {
            case Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K -> 10;
            case F32, F16, BF16, Q8_0 -> 0;
        };
    }

    /** The larger of the two sums of magnitudes in x[from .. from + 16), or 0 for next to nothing. */
    static float sum(float[] x, int from) {
        float a = Math.abs(x[from]) + Math.abs(x[from + 1]) + (Math.abs(x[from + 2]) + Math.abs(x[from + 3]));
        float b = Math.abs(x[from + 4]) + Math.abs(x[from + 5]) + (Math.abs(x[from + 6]) + Math.abs(x[from + 7]));
        a += Math.abs(x[from + 8]) + Math.abs(x[from + 9]) + (Math.abs(x[from + 10]) + Math.abs(x[from + 11]));
        b += Math.abs(x[from + 12]) + Math.abs(x[from + 13]) + (Math.abs(x[from + 14]) + Math.abs(x[from + 15]));
        float larger = Math.max(a, b);
        return larger < NOTHING ? 0 : larger;
    }

    /** The scale of a block with this {@link #sum}. */
    static float scale(float sum) {
        return sum / SUM;
    }

    /** What x is multiplied with to be rounded. */
    static float inverse(float sum) {
        return sum == 0 ? 0 : SUM / sum;
    }

    /** The nearest whole number, the even one of two: |x · inverse| is far below 2^22. */
    static float number(float x, float inverse) {
        return x * inverse + ROUNDER - ROUNDER;
    }

    /**
     * What is left of x[from .. from + count) once it is rounded: scale · n.
     *
     * @param count a multiple of 16
     */
    static void roundAll(float[] x, int from, int count, float[] out, int outFrom) {
        if (count % BLOCK != 0) {
            throw new IllegalArgumentException(count + " columns are no multiple of " + BLOCK);
        }
        for (int at = 0; at < count; at += BLOCK) {
            float sum = sum(x, from + at);
            for (int i = at; i < at + BLOCK; i++) {
                out[outFrom + i] = scale(sum) * number(x[from + i], inverse(sum));
            }
        }
    }
}
