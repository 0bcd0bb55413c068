package dev.qyclone.engine.ops;

import static dev.qyclone.engine.ops.Lanes.F;
import static dev.qyclone.engine.ops.Lanes.L;

import jdk.incubator.vector.FloatVector;

/**
 * The register tile of a matrix product: some rows of weights times 2 vectors of tokens, an outer product for each column. Twelve sums of
 * six rows hide the latency of a multiply-add. With 256 bits there are sixteen registers, which the compiler overruns then, depending on
 * how it unrolls: there it is four rows.
 */
final class TileProduct {
    /** Rows that a register tile takes: a divisor of 24. */
    static final int STEP = L == 8 ? 4 : 6;

    private TileProduct() {
    }

    /**
     * sums[s + row · 2 L ..] += {@link #STEP} rows × 2 vectors of tokens over {@code depth} columns.
     *
     * @param w the rows, {@code stride} apart from {@code at} on
     * @param x for each column 2 vectors of tokens, from {@code x0} on
     */
    static void two(float[] w, int at, int stride, float[] x, int x0, int depth, float[] sums, int s) {
        if (STEP == 4) {
            four2(w, at, stride, x, x0, depth, sums, s);
        } else {
            six2(w, at, stride, x, x0, depth, sums, s);
        }
    }

    /** The same for a last vector of tokens without a neighbour: sums[s + row · L ..] += {@link #STEP} rows × 1 vector. */
    static void one(float[] w, int at, int stride, float[] x, int x0, int depth, float[] sums, int s) {
        if (STEP == 4) {
            four1(w, at, stride, x, x0, depth, sums, s);
        } else {
            six1(w, at, stride, x, x0, depth, sums, s);
        }
    }

    private static void four2(float[] w, int at, int stride, float[] x, int x0, int depth, float[] sums, int s) {
        FloatVector c00 = FloatVector.zero(F);
        FloatVector c01 = c00;
        FloatVector c10 = c00;
        FloatVector c11 = c00;
        FloatVector c20 = c00;
        FloatVector c21 = c00;
        FloatVector c30 = c00;
        FloatVector c31 = c00;
        for (int k = 0; k < depth; k++) {
            FloatVector a = FloatVector.fromArray(F, x, x0 + 2 * k * L);
            FloatVector b = FloatVector.fromArray(F, x, x0 + 2 * k * L + L);
            FloatVector v = FloatVector.broadcast(F, w[at + k]);
            c00 = v.fma(a, c00);
            c01 = v.fma(b, c01);
            v = FloatVector.broadcast(F, w[at + stride + k]);
            c10 = v.fma(a, c10);
            c11 = v.fma(b, c11);
            v = FloatVector.broadcast(F, w[at + 2 * stride + k]);
            c20 = v.fma(a, c20);
            c21 = v.fma(b, c21);
            v = FloatVector.broadcast(F, w[at + 3 * stride + k]);
            c30 = v.fma(a, c30);
            c31 = v.fma(b, c31);
        }
        FloatVector.fromArray(F, sums, s).add(c00).intoArray(sums, s);
        FloatVector.fromArray(F, sums, s + L).add(c01).intoArray(sums, s + L);
        FloatVector.fromArray(F, sums, s + 2 * L).add(c10).intoArray(sums, s + 2 * L);
        FloatVector.fromArray(F, sums, s + 3 * L).add(c11).intoArray(sums, s + 3 * L);
        FloatVector.fromArray(F, sums, s + 4 * L).add(c20).intoArray(sums, s + 4 * L);
        FloatVector.fromArray(F, sums, s + 5 * L).add(c21).intoArray(sums, s + 5 * L);
        FloatVector.fromArray(F, sums, s + 6 * L).add(c30).intoArray(sums, s + 6 * L);
        FloatVector.fromArray(F, sums, s + 7 * L).add(c31).intoArray(sums, s + 7 * L);
    }

    private static void four1(float[] w, int at, int stride, float[] x, int x0, int depth, float[] sums, int s) {
        FloatVector c0 = FloatVector.zero(F);
        FloatVector c1 = c0;
        FloatVector c2 = c0;
        FloatVector c3 = c0;
        for (int k = 0; k < depth; k++) {
            FloatVector a = FloatVector.fromArray(F, x, x0 + k * L);
            c0 = FloatVector.broadcast(F, w[at + k]).fma(a, c0);
            c1 = FloatVector.broadcast(F, w[at + stride + k]).fma(a, c1);
            c2 = FloatVector.broadcast(F, w[at + 2 * stride + k]).fma(a, c2);
            c3 = FloatVector.broadcast(F, w[at + 3 * stride + k]).fma(a, c3);
        }
        FloatVector.fromArray(F, sums, s).add(c0).intoArray(sums, s);
        FloatVector.fromArray(F, sums, s + L).add(c1).intoArray(sums, s + L);
        FloatVector.fromArray(F, sums, s + 2 * L).add(c2).intoArray(sums, s + 2 * L);
        FloatVector.fromArray(F, sums, s + 3 * L).add(c3).intoArray(sums, s + 3 * L);
    }

    /** One column per iteration: unrolled by hand it spills. */
    private static void six2(float[] w, int at, int stride, float[] x, int x0, int depth, float[] sums, int s) {
        FloatVector c00 = FloatVector.zero(F);
        FloatVector c01 = c00;
        FloatVector c10 = c00;
        FloatVector c11 = c00;
        FloatVector c20 = c00;
        FloatVector c21 = c00;
        FloatVector c30 = c00;
        FloatVector c31 = c00;
        FloatVector c40 = c00;
        FloatVector c41 = c00;
        FloatVector c50 = c00;
        FloatVector c51 = c00;
        for (int k = 0; k < depth; k++) {
            FloatVector a = FloatVector.fromArray(F, x, x0 + 2 * k * L);
            FloatVector b = FloatVector.fromArray(F, x, x0 + 2 * k * L + L);
            FloatVector v = FloatVector.broadcast(F, w[at + k]);
            c00 = v.fma(a, c00);
            c01 = v.fma(b, c01);
            v = FloatVector.broadcast(F, w[at + stride + k]);
            c10 = v.fma(a, c10);
            c11 = v.fma(b, c11);
            v = FloatVector.broadcast(F, w[at + 2 * stride + k]);
            c20 = v.fma(a, c20);
            c21 = v.fma(b, c21);
            v = FloatVector.broadcast(F, w[at + 3 * stride + k]);
            c30 = v.fma(a, c30);
            c31 = v.fma(b, c31);
            v = FloatVector.broadcast(F, w[at + 4 * stride + k]);
            c40 = v.fma(a, c40);
            c41 = v.fma(b, c41);
            v = FloatVector.broadcast(F, w[at + 5 * stride + k]);
            c50 = v.fma(a, c50);
            c51 = v.fma(b, c51);
        }
        FloatVector.fromArray(F, sums, s).add(c00).intoArray(sums, s);
        FloatVector.fromArray(F, sums, s + L).add(c01).intoArray(sums, s + L);
        FloatVector.fromArray(F, sums, s + 2 * L).add(c10).intoArray(sums, s + 2 * L);
        FloatVector.fromArray(F, sums, s + 3 * L).add(c11).intoArray(sums, s + 3 * L);
        FloatVector.fromArray(F, sums, s + 4 * L).add(c20).intoArray(sums, s + 4 * L);
        FloatVector.fromArray(F, sums, s + 5 * L).add(c21).intoArray(sums, s + 5 * L);
        FloatVector.fromArray(F, sums, s + 6 * L).add(c30).intoArray(sums, s + 6 * L);
        FloatVector.fromArray(F, sums, s + 7 * L).add(c31).intoArray(sums, s + 7 * L);
        FloatVector.fromArray(F, sums, s + 8 * L).add(c40).intoArray(sums, s + 8 * L);
        FloatVector.fromArray(F, sums, s + 9 * L).add(c41).intoArray(sums, s + 9 * L);
        FloatVector.fromArray(F, sums, s + 10 * L).add(c50).intoArray(sums, s + 10 * L);
        FloatVector.fromArray(F, sums, s + 11 * L).add(c51).intoArray(sums, s + 11 * L);
    }

    private static void six1(float[] w, int at, int stride, float[] x, int x0, int depth, float[] sums, int s) {
        FloatVector c0 = FloatVector.zero(F);
        FloatVector c1 = c0;
        FloatVector c2 = c0;
        FloatVector c3 = c0;
        FloatVector c4 = c0;
        FloatVector c5 = c0;
        for (int k = 0; k < depth; k++) {
            FloatVector a = FloatVector.fromArray(F, x, x0 + k * L);
            c0 = FloatVector.broadcast(F, w[at + k]).fma(a, c0);
            c1 = FloatVector.broadcast(F, w[at + stride + k]).fma(a, c1);
            c2 = FloatVector.broadcast(F, w[at + 2 * stride + k]).fma(a, c2);
            c3 = FloatVector.broadcast(F, w[at + 3 * stride + k]).fma(a, c3);
            c4 = FloatVector.broadcast(F, w[at + 4 * stride + k]).fma(a, c4);
            c5 = FloatVector.broadcast(F, w[at + 5 * stride + k]).fma(a, c5);
        }
        FloatVector.fromArray(F, sums, s).add(c0).intoArray(sums, s);
        FloatVector.fromArray(F, sums, s + L).add(c1).intoArray(sums, s + L);
        FloatVector.fromArray(F, sums, s + 2 * L).add(c2).intoArray(sums, s + 2 * L);
        FloatVector.fromArray(F, sums, s + 3 * L).add(c3).intoArray(sums, s + 3 * L);
        FloatVector.fromArray(F, sums, s + 4 * L).add(c4).intoArray(sums, s + 4 * L);
        FloatVector.fromArray(F, sums, s + 5 * L).add(c5).intoArray(sums, s + 5 * L);
    }
}
