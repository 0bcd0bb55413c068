package dev.qyclone.bench;

import dev.qyclone.engine.ops.Ops;
import dev.qyclone.engine.tensor.Tensor;

/** What is measured must be right: results are compared with those of the plain ops before the clock starts. */
final class Correctness {
    /** Of float sums of some thousand terms, relative to the length of the result. */
    private static final double RELATIVE_L2 = 1e-5;
    /** Of products whose activations are rounded: this many units of the lowest bit. */
    private static final double ROUNDED_UNITS = 4;
    /** Rows at either end of a product that are compared: all rows of a large one would take minutes by plain loops. */
    private static final int ROWS = 48;

    private Correctness() {
    }

    /** What a product may be away from the exact one, if it rounds activations to so many bits; 0 for floats. */
    static double tolerance(int activationBits) {
        return activationBits == 0 ? RELATIVE_L2 : Math.scalb(ROUNDED_UNITS, -activationBits);
    }

    /** @throws IllegalStateException if the first or last rows of {@code out} (tokens, rows) are not the product in floats */
    static void requireProduct(Ops truth, Tensor weight, float[] x, float[] out, int tokens) {
        requireProduct(truth, weight, x, out, tokens, RELATIVE_L2);
    }

    /** @throws IllegalStateException if the first or last rows of {@code out} (tokens, rows) are farther from the product */
    static void requireProduct(Ops truth, Tensor weight, float[] x, float[] out, int tokens, double tolerance) {
        int rows = Math.toIntExact(weight.rows());
        int count = Math.min(ROWS, rows);
        for (int from : new int[] {0, rows - count}) {
            Tensor part = new Tensor(weight.name(), weight.type(), new long[] {count, weight.cols()},
                    weight.data().asSlice(from * weight.rowBytes(), count * weight.rowBytes()));
            float[] expected = new float[tokens * count];
            truth.matMul(part, x, expected, tokens);
            float[] got = new float[tokens * count];
            for (int t = 0; t < tokens; t++) {
                System.arraycopy(out, t * rows + from, got, t * count, count);
            }
            requireClose(expected, got, weight.toString(), tolerance);
        }
    }

    /** @throws IllegalStateException if {@code got} is farther from {@code expected} than float sums may be */
    static void requireClose(float[] expected, float[] got, String what) {
        requireClose(expected, got, what, RELATIVE_L2);
    }

    /** As {@link #requireClose(float[], float[], String)}, with a tolerance of the caller's. */
    static void requireClose(float[] expected, float[] got, String what, double tolerance) {
        double difference = 0;
        double size = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += Math.pow((double) expected[i] - got[i], 2);
            size += Math.pow(expected[i], 2);
        }
        double relative = Math.sqrt(difference / size);
        if (!(relative <= tolerance)) {
            throw new IllegalStateException(what + ": relative L2 " + relative + " from the plain ops, expected at most " + tolerance);
        }
    }
}
