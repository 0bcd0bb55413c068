package dev.qyclone.tasks.kernels;

/**
 * Brain floats relative to the largest of their block, because kernels cannot make a float from bits and a shift reaches 31 binary
 * places only: a scale of 2^(largest exponent) for the block, and for each weight its sign (1 bit), its distance from the largest
 * exponent (6), an unused bit and its whole significand (8). Exact, except that a weight below 2^-60 of its block's largest becomes 0.
 */
final class RelativeBits {
    private static final int FARTHEST = 60;
    /** Exponent of a brain float 1 · 2^0 whose significand is taken as an integer: bias 127, and 7 bits behind the point. */
    private static final int UNIT_EXPONENT = 134;

    private RelativeBits() {
    }

    /** The largest exponent (biased, below 1 for subnormals) of the numbers, or {@link Integer#MIN_VALUE} if all are zero. */
    static int largestExponent(short[] brain) {
        int largest = Integer.MIN_VALUE;
        for (short bits : brain) {
            largest = Math.max(largest, exponent(bits));
        }
        return largest;
    }

    static float scale(int largest) {
        return largest == Integer.MIN_VALUE ? 0f : Math.scalb(1f, largest - UNIT_EXPONENT);
    }

    /** The 16 bits of a weight. */
    static int of(short brain, int largest) {
        if (exponent(brain) == Integer.MIN_VALUE || largest - exponent(brain) > FARTHEST) {
            return 0;
        }
        int significand = brain & 127;
        if ((brain >> 7 & 255) == 0) {
            significand <<= Integer.numberOfLeadingZeros(significand) - 24;
        }
        return (brain < 0 ? 0x8000 : 0) | largest - exponent(brain) << 9 | significand | 128;
    }

    private static int exponent(short brain) {
        int stored = brain >> 7 & 255;
        if (stored > 0) {
            return stored;
        }
        int significand = brain & 127;
        return significand == 0 ? Integer.MIN_VALUE : 1 - (Integer.numberOfLeadingZeros(significand) - 24);
    }
}
