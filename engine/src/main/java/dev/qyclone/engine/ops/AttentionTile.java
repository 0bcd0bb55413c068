package dev.qyclone.engine.ops;

import static dev.qyclone.engine.ops.Lanes.F;
import static dev.qyclone.engine.ops.Lanes.L;
import static dev.qyclone.engine.ops.Lanes.LE;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** The three steps of attention over a chunk of positions: scores, online softmax, weighted values. */
final class AttentionTile {
    /** Query rows that share each load of a key or value. */
    static final int STEP = 4;

    private static final int KEY_BYTES = KvCache.BLOCK * Float.BYTES;
    /** Bytes that memory brings at a time, on most machines. */
    private static final int LINE = 64;

    private AttentionTile() {
    }

    /**
     * scores[row · stride + p] = q[row] · key[p] for rows in fours and {@code count} positions p, rounded up to two vectors of them.
     *
     * @param rows a multiple of {@link #STEP}
     */
    static void scores(MemorySegment keys, long from, int count, float[] q, int query, int headDim, int rows, float[] scores, int stride) {
        for (int r = 0; r < rows; r += STEP) {
            for (int p = 0; p < count; p += 2 * L) {
                four(keys, from + key(p, headDim), from + key(p + L, headDim), q, query + r * headDim, headDim,
                        scores, r * stride + p, stride);
            }
        }
    }

    /** Where, in bytes, the keys of a chunk's position {@code p} begin. */
    private static long key(int p, int headDim) {
        return (long) (p / KvCache.BLOCK * KvCache.BLOCK * headDim + p % KvCache.BLOCK) * Float.BYTES;
    }

    private static void four(MemorySegment keys, long k0, long k1, float[] q, int query, int headDim, float[] scores, int at, int stride) {
        FloatVector c00 = FloatVector.zero(F);
        FloatVector c01 = c00;
        FloatVector c10 = c00;
        FloatVector c11 = c00;
        FloatVector c20 = c00;
        FloatVector c21 = c00;
        FloatVector c30 = c00;
        FloatVector c31 = c00;
        for (int d = 0; d < headDim; d++) {
            FloatVector a = FloatVector.fromMemorySegment(F, keys, k0, LE);
            FloatVector b = FloatVector.fromMemorySegment(F, keys, k1, LE);
            FloatVector v = FloatVector.broadcast(F, q[query + d]);
            c00 = v.fma(a, c00);
            c01 = v.fma(b, c01);
            v = FloatVector.broadcast(F, q[query + headDim + d]);
            c10 = v.fma(a, c10);
            c11 = v.fma(b, c11);
            v = FloatVector.broadcast(F, q[query + 2 * headDim + d]);
            c20 = v.fma(a, c20);
            c21 = v.fma(b, c21);
            v = FloatVector.broadcast(F, q[query + 3 * headDim + d]);
            c30 = v.fma(a, c30);
            c31 = v.fma(b, c31);
            k0 += KEY_BYTES;
            k1 += KEY_BYTES;
        }
        c00.intoArray(scores, at);
        c01.intoArray(scores, at + L);
        c10.intoArray(scores, at + stride);
        c11.intoArray(scores, at + stride + L);
        c20.intoArray(scores, at + 2 * stride);
        c21.intoArray(scores, at + 2 * stride + L);
        c30.intoArray(scores, at + 3 * stride);
        c31.intoArray(scores, at + 3 * stride + L);
    }

    /**
     * Reads a line of two runs of {@code bytes} here and there, in eight streams that lie apart: memory brings them several at a time,
     * where the kernels, which go through one page after the other, would wait for each.
     *
     * @return something to keep, so that the reading is not left out
     */
    static int touch(MemorySegment memory, long one, long other, int bytes) {
        int quarter = bytes / 4;
        int a = 0;
        int b = 0;
        int c = 0;
        int d = 0;
        for (int o = 0; o < quarter; o += LINE) {
            a += memory.get(Lanes.INT, one + o);
            b += memory.get(Lanes.INT, one + quarter + o);
            c += memory.get(Lanes.INT, one + 2 * quarter + o);
            d += memory.get(Lanes.INT, one + 3 * quarter + o);
            a += memory.get(Lanes.INT, other + o);
            b += memory.get(Lanes.INT, other + quarter + o);
            c += memory.get(Lanes.INT, other + 2 * quarter + o);
            d += memory.get(Lanes.INT, other + 3 * quarter + o);
        }
        return a + b + c + d;
    }

    /** The largest of {@code count} > 0 scores; those up to the next full vector are overwritten with -∞. */
    static float largest(float[] scores, int at, int count) {
        int end = Math.ceilDiv(count, L) * L;
        for (int p = count; p < end; p++) {
            scores[at + p] = Float.NEGATIVE_INFINITY;
        }
        FloatVector max = FloatVector.fromArray(F, scores, at);
        for (int p = L; p < end; p += L) {
            max = max.max(FloatVector.fromArray(F, scores, at + p));
        }
        return max.reduceLanes(VectorOperators.MAX); // unlike a sum's, its bits do not depend on the order
    }

    /**
     * scores[p] = e^(scores[p] - largest) for p < count, 0 from there up to {@code width}; the steps of {@link Exponential}.
     *
     * @return their sum
     */
    static float weights(float[] scores, int at, int count, int width, float largest, float[] lanes) {
        FloatVector sum = FloatVector.zero(F);
        for (int p = 0; p < count; p += L) {
            FloatVector x = FloatVector.fromArray(F, scores, at + p).sub(largest).max(Exponential.SMALLEST);
            FloatVector shifted = x.fma(FloatVector.broadcast(F, Exponential.LOG2_E), FloatVector.broadcast(F, Exponential.ROUND));
            FloatVector n = shifted.sub(Exponential.ROUND);
            FloatVector r = n.fma(FloatVector.broadcast(F, -Exponential.LN2_HIGH), x);
            r = n.fma(FloatVector.broadcast(F, -Exponential.LN2_LOW), r);
            FloatVector e = r.fma(FloatVector.broadcast(F, Exponential.C7), FloatVector.broadcast(F, Exponential.C6));
            e = e.fma(r, FloatVector.broadcast(F, Exponential.C5));
            e = e.fma(r, FloatVector.broadcast(F, Exponential.C4));
            e = e.fma(r, FloatVector.broadcast(F, Exponential.C3));
            e = e.fma(r, FloatVector.broadcast(F, Exponential.C2));
            e = e.fma(r.mul(r), r).add(1f);
            IntVector power = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
            e = e.reinterpretAsInts().add(power).reinterpretAsFloats();
            sum = sum.add(e);
            e.intoArray(scores, at + p);
        }
        for (int p = count; p < width; p++) {
            scores[at + p] = 0;
        }
        sum.intoArray(lanes, 0);
        return Lanes.sum(lanes, 0);
    }

    /**
     * sums[row · stride + d] += Σ_p weights[row][p] value[p][d] for rows in fours, {@code count} positions p, and d < stride.
     *
     * @param rows a multiple of {@link #STEP}
     */
    static void addValues(MemorySegment values, long from, int count, float[] weights, int width, int rows, float[] sums, int stride) {
        long step = (long) stride * Float.BYTES;
        for (int r = 0; r < rows; r += STEP) {
            for (int d = 0; d < stride; d += 2 * L) {
                addValues4(values, from + (long) d * Float.BYTES, step, count, weights, r * width, width,
                        sums, r * stride + d, stride);
            }
        }
    }

    private static void addValues4(MemorySegment values, long from, long step, int count, float[] weights, int weight, int width,
            float[] sums, int at, int stride) {
        FloatVector c00 = FloatVector.fromArray(F, sums, at);
        FloatVector c01 = FloatVector.fromArray(F, sums, at + L);
        FloatVector c10 = FloatVector.fromArray(F, sums, at + stride);
        FloatVector c11 = FloatVector.fromArray(F, sums, at + stride + L);
        FloatVector c20 = FloatVector.fromArray(F, sums, at + 2 * stride);
        FloatVector c21 = FloatVector.fromArray(F, sums, at + 2 * stride + L);
        FloatVector c30 = FloatVector.fromArray(F, sums, at + 3 * stride);
        FloatVector c31 = FloatVector.fromArray(F, sums, at + 3 * stride + L);
        long o = from;
        for (int p = 0; p < count; p++) {
            FloatVector a = FloatVector.fromMemorySegment(F, values, o, LE);
            FloatVector b = FloatVector.fromMemorySegment(F, values, o + Float.BYTES * L, LE);
            FloatVector v = FloatVector.broadcast(F, weights[weight + p]);
            c00 = v.fma(a, c00);
            c01 = v.fma(b, c01);
            v = FloatVector.broadcast(F, weights[weight + width + p]);
            c10 = v.fma(a, c10);
            c11 = v.fma(b, c11);
            v = FloatVector.broadcast(F, weights[weight + 2 * width + p]);
            c20 = v.fma(a, c20);
            c21 = v.fma(b, c21);
            v = FloatVector.broadcast(F, weights[weight + 3 * width + p]);
            c30 = v.fma(a, c30);
            c31 = v.fma(b, c31);
            o += step;
        }
        c00.intoArray(sums, at);
        c01.intoArray(sums, at + L);
        c10.intoArray(sums, at + stride);
        c11.intoArray(sums, at + stride + L);
        c20.intoArray(sums, at + 2 * stride);
        c21.intoArray(sums, at + 2 * stride + L);
        c30.intoArray(sums, at + 3 * stride);
        c31.intoArray(sums, at + 3 * stride + L);
    }
}
