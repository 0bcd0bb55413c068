package dev.qyclone.engine.ops;

import static dev.qyclone.engine.ops.Lanes.F;
import static dev.qyclone.engine.ops.Lanes.I;
import static dev.qyclone.engine.ops.Lanes.L;
import static dev.qyclone.engine.ops.Lanes.LE;
import static dev.qyclone.engine.ops.Lanes.S;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The products of {@link AttentionTile} over keys and values of 16 bits, for the few query rows of decode. Halves become floats in
 * registers, once for eight rows: floats of a whole chunk would go through the innermost cache a second and a third time. As in
 * {@link MatVecF16}, an infinite or NaN half would be read as finite, so there must be none.
 */
final class HalfTile {
    /** Query rows that share the widening of a key or value. */
    static final int STEP = 8;

    private static final float LIFT = 0x1p112f;
    private static final int HALF_BITS = 0x8fffe000;
    private static final int KEY_BYTES = KvCache.BLOCK * Short.BYTES;

    private HalfTile() {
    }

    /**
     * As {@link AttentionTile#scores}, one vector of positions at a time.
     *
     * @param rows a multiple of {@link #STEP}
     */
    static void scores(MemorySegment keys, long from, int count, float[] q, int query, int headDim, int rows, float[] scores, int stride) {
        for (int r = 0; r < rows; r += STEP) {
            for (int p = 0; p < count; p += L) {
                long key = from + (long) (p / KvCache.BLOCK * KvCache.BLOCK * headDim + p % KvCache.BLOCK) * Short.BYTES;
                eight(keys, key, q, query + r * headDim, headDim, scores, r * stride + p, stride);
            }
        }
    }

    private static void eight(MemorySegment keys, long from, float[] q, int query, int headDim, float[] scores, int at, int stride) {
        FloatVector c0 = FloatVector.zero(F);
        FloatVector c1 = c0;
        FloatVector c2 = c0;
        FloatVector c3 = c0;
        FloatVector c4 = c0;
        FloatVector c5 = c0;
        FloatVector c6 = c0;
        FloatVector c7 = c0;
        long o = from;
        for (int d = 0; d < headDim; d++) {
            FloatVector k = ((IntVector) ShortVector.fromMemorySegment(S, keys, o, LE).castShape(I, 0))
                    .lanewise(VectorOperators.LSHL, 13).and(HALF_BITS).reinterpretAsFloats().mul(LIFT);
            c0 = k.fma(FloatVector.broadcast(F, q[query + d]), c0);
            c1 = k.fma(FloatVector.broadcast(F, q[query + headDim + d]), c1);
            c2 = k.fma(FloatVector.broadcast(F, q[query + 2 * headDim + d]), c2);
            c3 = k.fma(FloatVector.broadcast(F, q[query + 3 * headDim + d]), c3);
            c4 = k.fma(FloatVector.broadcast(F, q[query + 4 * headDim + d]), c4);
            c5 = k.fma(FloatVector.broadcast(F, q[query + 5 * headDim + d]), c5);
            c6 = k.fma(FloatVector.broadcast(F, q[query + 6 * headDim + d]), c6);
            c7 = k.fma(FloatVector.broadcast(F, q[query + 7 * headDim + d]), c7);
            o += KEY_BYTES;
        }
        c0.intoArray(scores, at);
        c1.intoArray(scores, at + stride);
        c2.intoArray(scores, at + 2 * stride);
        c3.intoArray(scores, at + 3 * stride);
        c4.intoArray(scores, at + 4 * stride);
        c5.intoArray(scores, at + 5 * stride);
        c6.intoArray(scores, at + 6 * stride);
        c7.intoArray(scores, at + 7 * stride);
    }

    /**
     * As {@link AttentionTile#addValues}, one vector of a value at a time.
     *
     * @param rows a multiple of {@link #STEP}
     */
    static void addValues(MemorySegment values, long from, int count, float[] weights, int width, int rows, float[] sums, int stride) {
        for (int r = 0; r < rows; r += STEP) {
            for (int d = 0; d < stride; d += L) {
                add(values, from + (long) d * Short.BYTES, (long) stride * Short.BYTES, count, weights, r * width, width,
                        sums, r * stride + d, stride);
            }
        }
    }

    private static void add(MemorySegment values, long from, long step, int count, float[] weights, int weight, int width,
            float[] sums, int at, int stride) {
        FloatVector c0 = FloatVector.fromArray(F, sums, at);
        FloatVector c1 = FloatVector.fromArray(F, sums, at + stride);
        FloatVector c2 = FloatVector.fromArray(F, sums, at + 2 * stride);
        FloatVector c3 = FloatVector.fromArray(F, sums, at + 3 * stride);
        FloatVector c4 = FloatVector.fromArray(F, sums, at + 4 * stride);
        FloatVector c5 = FloatVector.fromArray(F, sums, at + 5 * stride);
        FloatVector c6 = FloatVector.fromArray(F, sums, at + 6 * stride);
        FloatVector c7 = FloatVector.fromArray(F, sums, at + 7 * stride);
        long o = from;
        for (int p = 0; p < count; p++) {
            FloatVector v = ((IntVector) ShortVector.fromMemorySegment(S, values, o, LE).castShape(I, 0))
                    .lanewise(VectorOperators.LSHL, 13).and(HALF_BITS).reinterpretAsFloats().mul(LIFT);
            c0 = v.fma(FloatVector.broadcast(F, weights[weight + p]), c0);
            c1 = v.fma(FloatVector.broadcast(F, weights[weight + width + p]), c1);
            c2 = v.fma(FloatVector.broadcast(F, weights[weight + 2 * width + p]), c2);
            c3 = v.fma(FloatVector.broadcast(F, weights[weight + 3 * width + p]), c3);
            c4 = v.fma(FloatVector.broadcast(F, weights[weight + 4 * width + p]), c4);
            c5 = v.fma(FloatVector.broadcast(F, weights[weight + 5 * width + p]), c5);
            c6 = v.fma(FloatVector.broadcast(F, weights[weight + 6 * width + p]), c6);
            c7 = v.fma(FloatVector.broadcast(F, weights[weight + 7 * width + p]), c7);
            o += step;
        }
        c0.intoArray(sums, at);
        c1.intoArray(sums, at + stride);
        c2.intoArray(sums, at + 2 * stride);
        c3.intoArray(sums, at + 3 * stride);
        c4.intoArray(sums, at + 4 * stride);
        c5.intoArray(sums, at + 5 * stride);
        c6.intoArray(sums, at + 6 * stride);
        c7.intoArray(sums, at + 7 * stride);
    }
}
