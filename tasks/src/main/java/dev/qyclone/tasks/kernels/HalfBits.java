package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.math.TornadoMath;

/**
 * 16-bit floats as integers, by exact arithmetic: TornadoVM compiles the JDK's own conversions, and a float's bits where they are not
 * read from an array, wrongly or not at all, and many devices do not compute with halves.
 */
public final class HalfBits {
    private static final float SMALLEST = 1f / (1 << 24);

    private HalfBits() {
    }

    /** The half nearest to {@code value}, ties to even; beyond the largest, infinity; NaN stays NaN. */
    static int of(float value) {
        float magnitude = value;
        int sign = 0;
        if (value < 0f) {
            magnitude = -value;
            sign = 0x8000;
        }
        // In units of the smallest half, then halved until it has a half's 11 bits: every step is exact.
        float units = magnitude / SMALLEST;
        int exponent = 0;
        if (units >= 1 << 26) {
            units = units / (1 << 16);
            exponent += 16;
        }
        if (units >= 1 << 18) {
            units = units / (1 << 8);
            exponent += 8;
        }
        if (units >= 1 << 14) {
            units = units / (1 << 4);
            exponent += 4;
        }
        if (units >= 1 << 12) {
            units = units / (1 << 2);
            exponent += 2;
        }
        if (units >= 1 << 11) {
            units = units / 2;
            exponent += 1;
        }
        int whole = (int) TornadoMath.min(units, 4096f);
        float rest = units - whole;
        if (rest > 0.5f) {
            whole += 1;
        } else if (rest == 0.5f) {
            whole += whole & 1;
        }
        int half = (exponent << 10) + whole;
        if (half > 0x7c00) {
            half = 0x7c00;
        }
        if (value != value) {
            half = 0x7e00;
        }
        return half | sign;
    }

    /** The value of a half. NaN stays NaN: an infinity could give a key the score -infinity, and so no weight. */
    static float value(int half) {
        int exponent = (half >> 10) & 31;
        int mantissa = half & 1023;
        float magnitude = mantissa * SMALLEST;
        if (exponent > 0) {
            magnitude = (float) (mantissa + 1024) * (float) (1 << (exponent - 1)) * SMALLEST;
        }
        if (exponent == 31) {
            magnitude = magnitude * 3e38f;
            if (mantissa > 0) {
                magnitude = magnitude - magnitude; // infinity less itself
            }
        }
        float value = magnitude;
        if ((half & 0x8000) != 0) {
            value = -magnitude;
        }
        return value;
    }
}
