package dev.qyclone.engine.ops;

/**
 * e^x in floats, by steps that give the same bits in interpreted, compiled and vector code. {@code VectorOperators.EXP} is a
 * little faster, but its compiled form (a library) and its interpreted form (Math.exp) differ in the last bit, so that the
 * same prompt would give other bits depending on when the JIT compiler was done.
 *
 * <p>x = n · ln 2 + r with |r| ≤ ln 2 / 2; e^r by a polynomial of degree 7 (relative error below 2e-7 with all roundings), times
 * 2^n by adding n to the exponent bits. Kernels write these steps out: a helper that returns a vector may not be inlined.
 */
final class Exponential {
    /** Arguments are clamped to [SMALLEST, LARGEST], where the result is a normal float. */
    static final float SMALLEST = -87f;
    static final float LARGEST = 88f;
    static final float LOG2_E = 1.442695041f;
    /** 1.5 · 2^23: adding it rounds to an integer, which then stands in the low bits. */
    static final float ROUND = 0x1.8p23f;
    static final float LN2_HIGH = 0.693359375f;
    static final float LN2_LOW = -2.12194440e-4f;
    // The coefficients of Cephes' expf; those below degree 2 are 1.
    static final float C7 = 1.9875691500e-4f;
    static final float C6 = 1.3981999507e-3f;
    static final float C5 = 8.3334519073e-3f;
    static final float C4 = 4.1665795894e-2f;
    static final float C3 = 1.6666665459e-1f;
    static final float C2 = 5.0000001201e-1f;

    private Exponential() {
    }

    /** e^x, within [e^SMALLEST, e^LARGEST]. */
    static float of(float argument) {
        float x = Math.max(Math.min(argument, LARGEST), SMALLEST);
        float shifted = Math.fma(x, LOG2_E, ROUND);
        float n = shifted - ROUND;
        float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, x));
        float p = Math.fma(C7, r, C6);
        p = Math.fma(p, r, C5);
        p = Math.fma(p, r, C4);
        p = Math.fma(p, r, C3);
        p = Math.fma(p, r, C2);
        p = Math.fma(p, r * r, r) + 1f;
        return Float.intBitsToFloat(Float.floatToRawIntBits(p) + (Float.floatToRawIntBits(shifted) << 23));
    }
}
