package dev.qyclone.engine.ops;

import static dev.qyclone.engine.ops.Lanes.F;
import static dev.qyclone.engine.ops.Lanes.L;

import jdk.incubator.vector.FloatVector;

/**
 * The register tile of a matrix product: some rows of weights times some vectors of tokens, an outer product for each column. With 512 bits
 * there are thirty-two registers, and six rows times four vectors take 29: fewer reads for each multiply-add than a smaller tile. With 256
 * bits there are sixteen, which the compiler overruns with six rows times two, depending on how it unrolls: there it is four times two.
 */
final class TileProduct {
    /** Rows that a register tile takes: a divisor of 24. */
    static final int STEP = L == 8 ? 4 : 6;
    /** Vectors of tokens that a register tile takes. */
    static final int VECTORS = L == 16 ? 4 : 2;

    private TileProduct() {
    }

    /**
     * sums[s + row · width ..] += {@link #STEP} rows × {@code width} tokens over {@code depth} columns.
     *
     * @param w the rows, {@code stride} apart from {@code at} on
     * @param x for each column {@code width} tokens, from {@code x0} on
     * @param width a multiple of L, at most {@link #VECTORS} · L
     */
    static void add(float[] w, int at, int stride, float[] x, int x0, int width, int depth, float[] sums, int s) {
        if (width == 4 * L) {
            six4(w, at, stride, x, x0, depth, sums, s);
        } else if (width == 2 * L && STEP == 6) {
            six2(w, at, stride, x, x0, depth, sums, s);
        } else if (width == 2 * L) {
            four2(w, at, stride, x, x0, depth, sums, s);
        } else {
            for (int v = 0; v < width; v += L) {
                if (STEP == 6) {
                    six1(w, at, stride, x, x0 + v, width, depth, sums, s + v);
                } else {
                    four1(w, at, stride, x, x0 + v, width, depth, sums, s + v);
                }
            }
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

    private static void four1(float[] w, int at, int stride, float[] x, int x0, int width, int depth, float[] sums, int s) {
        FloatVector c0 = FloatVector.zero(F);
        FloatVector c1 = c0;
        FloatVector c2 = c0;
        FloatVector c3 = c0;
        for (int k = 0; k < depth; k++) {
            FloatVector a = FloatVector.fromArray(F, x, x0 + k * width);
            c0 = FloatVector.broadcast(F, w[at + k]).fma(a, c0);
            c1 = FloatVector.broadcast(F, w[at + stride + k]).fma(a, c1);
            c2 = FloatVector.broadcast(F, w[at + 2 * stride + k]).fma(a, c2);
            c3 = FloatVector.broadcast(F, w[at + 3 * stride + k]).fma(a, c3);
        }
        FloatVector.fromArray(F, sums, s).add(c0).intoArray(sums, s);
        FloatVector.fromArray(F, sums, s + width).add(c1).intoArray(sums, s + width);
        FloatVector.fromArray(F, sums, s + 2 * width).add(c2).intoArray(sums, s + 2 * width);
        FloatVector.fromArray(F, sums, s + 3 * width).add(c3).intoArray(sums, s + 3 * width);
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

    /** As {@link #six2}. */
    private static void six4(float[] w, int at, int stride, float[] x, int x0, int depth, float[] sums, int s) {
        FloatVector c00 = FloatVector.zero(F);
        FloatVector c01 = c00;
        FloatVector c02 = c00;
        FloatVector c03 = c00;
        FloatVector c10 = c00;
        FloatVector c11 = c00;
        FloatVector c12 = c00;
        FloatVector c13 = c00;
        FloatVector c20 = c00;
        FloatVector c21 = c00;
        FloatVector c22 = c00;
        FloatVector c23 = c00;
        FloatVector c30 = c00;
        FloatVector c31 = c00;
        FloatVector c32 = c00;
        FloatVector c33 = c00;
        FloatVector c40 = c00;
        FloatVector c41 = c00;
        FloatVector c42 = c00;
        FloatVector c43 = c00;
        FloatVector c50 = c00;
        FloatVector c51 = c00;
        FloatVector c52 = c00;
        FloatVector c53 = c00;
        for (int k = 0; k < depth; k++) {
            FloatVector a = FloatVector.fromArray(F, x, x0 + 4 * k * L);
            FloatVector b = FloatVector.fromArray(F, x, x0 + 4 * k * L + L);
            FloatVector d = FloatVector.fromArray(F, x, x0 + 4 * k * L + 2 * L);
            FloatVector e = FloatVector.fromArray(F, x, x0 + 4 * k * L + 3 * L);
            FloatVector v = FloatVector.broadcast(F, w[at + k]);
            c00 = v.fma(a, c00);
            c01 = v.fma(b, c01);
            c02 = v.fma(d, c02);
            c03 = v.fma(e, c03);
            v = FloatVector.broadcast(F, w[at + stride + k]);
            c10 = v.fma(a, c10);
            c11 = v.fma(b, c11);
            c12 = v.fma(d, c12);
            c13 = v.fma(e, c13);
            v = FloatVector.broadcast(F, w[at + 2 * stride + k]);
            c20 = v.fma(a, c20);
            c21 = v.fma(b, c21);
            c22 = v.fma(d, c22);
            c23 = v.fma(e, c23);
            v = FloatVector.broadcast(F, w[at + 3 * stride + k]);
            c30 = v.fma(a, c30);
            c31 = v.fma(b, c31);
            c32 = v.fma(d, c32);
            c33 = v.fma(e, c33);
            v = FloatVector.broadcast(F, w[at + 4 * stride + k]);
            c40 = v.fma(a, c40);
            c41 = v.fma(b, c41);
            c42 = v.fma(d, c42);
            c43 = v.fma(e, c43);
            v = FloatVector.broadcast(F, w[at + 5 * stride + k]);
            c50 = v.fma(a, c50);
            c51 = v.fma(b, c51);
            c52 = v.fma(d, c52);
            c53 = v.fma(e, c53);
        }
        FloatVector.fromArray(F, sums, s).add(c00).intoArray(sums, s);
        FloatVector.fromArray(F, sums, s + L).add(c01).intoArray(sums, s + L);
        FloatVector.fromArray(F, sums, s + 2 * L).add(c02).intoArray(sums, s + 2 * L);
        FloatVector.fromArray(F, sums, s + 3 * L).add(c03).intoArray(sums, s + 3 * L);
        FloatVector.fromArray(F, sums, s + 4 * L).add(c10).intoArray(sums, s + 4 * L);
        FloatVector.fromArray(F, sums, s + 5 * L).add(c11).intoArray(sums, s + 5 * L);
        FloatVector.fromArray(F, sums, s + 6 * L).add(c12).intoArray(sums, s + 6 * L);
        FloatVector.fromArray(F, sums, s + 7 * L).add(c13).intoArray(sums, s + 7 * L);
        FloatVector.fromArray(F, sums, s + 8 * L).add(c20).intoArray(sums, s + 8 * L);
        FloatVector.fromArray(F, sums, s + 9 * L).add(c21).intoArray(sums, s + 9 * L);
        FloatVector.fromArray(F, sums, s + 10 * L).add(c22).intoArray(sums, s + 10 * L);
        FloatVector.fromArray(F, sums, s + 11 * L).add(c23).intoArray(sums, s + 11 * L);
        FloatVector.fromArray(F, sums, s + 12 * L).add(c30).intoArray(sums, s + 12 * L);
        FloatVector.fromArray(F, sums, s + 13 * L).add(c31).intoArray(sums, s + 13 * L);
        FloatVector.fromArray(F, sums, s + 14 * L).add(c32).intoArray(sums, s + 14 * L);
        FloatVector.fromArray(F, sums, s + 15 * L).add(c33).intoArray(sums, s + 15 * L);
        FloatVector.fromArray(F, sums, s + 16 * L).add(c40).intoArray(sums, s + 16 * L);
        FloatVector.fromArray(F, sums, s + 17 * L).add(c41).intoArray(sums, s + 17 * L);
        FloatVector.fromArray(F, sums, s + 18 * L).add(c42).intoArray(sums, s + 18 * L);
        FloatVector.fromArray(F, sums, s + 19 * L).add(c43).intoArray(sums, s + 19 * L);
        FloatVector.fromArray(F, sums, s + 20 * L).add(c50).intoArray(sums, s + 20 * L);
        FloatVector.fromArray(F, sums, s + 21 * L).add(c51).intoArray(sums, s + 21 * L);
        FloatVector.fromArray(F, sums, s + 22 * L).add(c52).intoArray(sums, s + 22 * L);
        FloatVector.fromArray(F, sums, s + 23 * L).add(c53).intoArray(sums, s + 23 * L);
    }

    private static void six1(float[] w, int at, int stride, float[] x, int x0, int width, int depth, float[] sums, int s) {
        FloatVector c0 = FloatVector.zero(F);
        FloatVector c1 = c0;
        FloatVector c2 = c0;
        FloatVector c3 = c0;
        FloatVector c4 = c0;
        FloatVector c5 = c0;
        for (int k = 0; k < depth; k++) {
            FloatVector a = FloatVector.fromArray(F, x, x0 + k * width);
            c0 = FloatVector.broadcast(F, w[at + k]).fma(a, c0);
            c1 = FloatVector.broadcast(F, w[at + stride + k]).fma(a, c1);
            c2 = FloatVector.broadcast(F, w[at + 2 * stride + k]).fma(a, c2);
            c3 = FloatVector.broadcast(F, w[at + 3 * stride + k]).fma(a, c3);
            c4 = FloatVector.broadcast(F, w[at + 4 * stride + k]).fma(a, c4);
            c5 = FloatVector.broadcast(F, w[at + 5 * stride + k]).fma(a, c5);
        }
        FloatVector.fromArray(F, sums, s).add(c0).intoArray(sums, s);
        FloatVector.fromArray(F, sums, s + width).add(c1).intoArray(sums, s + width);
        FloatVector.fromArray(F, sums, s + 2 * width).add(c2).intoArray(sums, s + 2 * width);
        FloatVector.fromArray(F, sums, s + 3 * width).add(c3).intoArray(sums, s + 3 * width);
        FloatVector.fromArray(F, sums, s + 4 * width).add(c4).intoArray(sums, s + 4 * width);
        FloatVector.fromArray(F, sums, s + 5 * width).add(c5).intoArray(sums, s + 5 * width);
    }
}
