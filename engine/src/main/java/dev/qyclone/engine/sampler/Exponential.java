package dev.qyclone.engine.sampler;

/**
 * e to the power x in additions and multiplications only: the same bits on every machine, which {@link Math#exp} does not
 * promise, and several times as fast as {@link StrictMath#exp} over a vocabulary. Relative error below 1e-15.
 *
 * <p>x = k ln 2 + r with |r| ≤ ln 2 / 2; e^r by its Taylor series to r^13 (the next term is below 1e-17).
 */
final class Exponential {
    private static final double LOG2_E = 1.4426950408889634;
    private static final double LN2_HIGH = 0x1.62e42fee00000p-1; // 32 bits: k · LN2_HIGH is exact
    private static final double LN2_LOW = 0x1.a39ef35793c76p-33;
    private static final double SMALLEST = -708; // below it the result leaves the normal numbers

    private Exponential() {
    }

    /** @param x at most 0; negative infinity gives 0, as everything below −708 */
    static double ofNegative(double x) {
        if (x < SMALLEST) {
            return 0;
        }
        double k = Math.rint(x * LOG2_E);
        double r = x - k * LN2_HIGH - k * LN2_LOW;
        double sum = 1.0 / 6227020800.0;
        sum = sum * r + 1.0 / 479001600.0;
        sum = sum * r + 1.0 / 39916800.0;
        sum = sum * r + 1.0 / 3628800.0;
        sum = sum * r + 1.0 / 362880.0;
        sum = sum * r + 1.0 / 40320.0;
        sum = sum * r + 1.0 / 5040.0;
        sum = sum * r + 1.0 / 720.0;
        sum = sum * r + 1.0 / 120.0;
        sum = sum * r + 1.0 / 24.0;
        sum = sum * r + 1.0 / 6.0;
        sum = sum * r + 0.5;
        sum = sum * r + 1;
        sum = sum * r + 1;
        return sum * Double.longBitsToDouble((long) k + 1023 << 52);
    }
}
