package dev.qyclone.engine.ops;

import static dev.qyclone.engine.ops.Lanes.B;
import static dev.qyclone.engine.ops.Lanes.F;
import static dev.qyclone.engine.ops.Lanes.HALF;
import static dev.qyclone.engine.ops.Lanes.I;
import static dev.qyclone.engine.ops.Lanes.INT;
import static dev.qyclone.engine.ops.Lanes.L;
import static dev.qyclone.engine.ops.Lanes.LE;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Products of Q6_K rows with a vector, in floats throughout: a sub-block of 16 stands for (d · scale) · (q - 32), so its
 * product is (d · scale) · (Σ q · x - 32 Σ x), and Σ x is the same for all rows. For 256- and 512-bit shapes.
 *
 * <p>Two passes over four rows at a time, as in {@link MatVecQ4K}.
 */
final class MatVecQ6K {
    private static final int BLOCK = 256;
    private static final int BYTES = 210;
    private static final int STEPS = 64;

    private MatVecQ6K() {
    }

    /** sums[i] = -32 · the sum of the i-th sixteen elements of x. */
    static void sums(float[] x, int cols, float[] sums) {
        for (int i = 0; i < cols / 16; i++) {
            float sum = 0;
            for (int j = 16 * i; j < 16 * i + 16; j++) {
                sum += x[j];
            }
            sums[i] = -32 * sum;
        }
    }

    /**
     * out[at + row + i · gap] = row (row + i · gap) · x for i in 0..3, four streams far apart.
     *
     * @param x of {@code cols} floats, best at the start of a cache line
     * @param sums by {@link #sums}
     * @param scratch of 64 floats and one for each 4 columns
     */
    static void four(MemorySegment w, int row, int gap, int cols, MemorySegment x, float[] sums, float[] out, int at, float[] scratch) {
        rows(w, row, gap, 4, cols, x, sums, out, at, scratch);
    }

    /** out[at + row] = row · x, with the same bits as in {@link #four}. */
    static void one(MemorySegment w, int row, int cols, MemorySegment x, float[] sums, float[] out, int at, float[] scratch) {
        rows(w, row, 0, 1, cols, x, sums, out, at, scratch);
    }

    private static void rows(
            MemorySegment w, int row, int gap, int count, int cols, MemorySegment x, float[] sums, float[] out, int at, float[] scratch) {
        Arrays.fill(scratch, 0, STEPS, 0);
        long stride = (long) cols / BLOCK * BYTES;
        for (int block = 0; block < cols / BLOCK; block++) {
            long o = row * stride + (long) block * BYTES;
            for (int i = 0; i < count; i++) {
                steps(w, o, sums, 16 * block, scratch, STEPS + i * (cols / 16) + 16 * block, i * L);
                o += gap * stride;
            }
        }
        for (int i = 0; i < count; i++) {
            dot(w, (row + (long) i * gap) * stride, cols, x, scratch, STEPS + i * (cols / 16), i * L);
            out[at + row + i * gap] = Lanes.sum(scratch, i * L);
        }
    }

    /** Writes d · scale of the sixteen sub-blocks, and adds their share of -32 Σ x to the lanes at {@code to}. */
    private static void steps(MemorySegment w, long o, float[] sums, int from, float[] scratch, int at, int to) {
        float d = Float.float16ToFloat(w.get(HALF, o + 208));
        // Touches the block's other cache lines, for the second pass.
        scratch[at] = w.get(INT, o) + w.get(INT, o + 64) + w.get(INT, o + 128);
        FloatVector sum = FloatVector.fromArray(F, scratch, to);
        for (int i = 0; i < 16; i += L) {
            FloatVector steps = ((FloatVector) ByteVector.fromMemorySegment(B, w, o + 192 + i, LE).castShape(F, 0)).mul(d);
            steps.intoArray(scratch, at + i);
            sum = steps.fma(FloatVector.fromArray(F, sums, from + i), sum);
        }
        sum.intoArray(scratch, to);
    }

    /** Adds the lanes of Σ (d · scale) · q · x of one row to those at {@code to}. */
    private static void dot(MemorySegment w, long offset, int cols, MemorySegment x, float[] scratch, int steps, int to) {
        FloatVector sum = FloatVector.fromArray(F, scratch, to);
        // L of the elements 0 to 31 of a half block, and those 32, 64 and 96 further on.
        for (int n = 0; n < cols / 4; n += L) {
            int i = n & 31;
            long block = offset + n / 64 * BYTES;
            long p0 = block + (n & 32) * 2 + i;
            long j = 4L * (n / 32 * 128 + i);
            int step = steps + n / 32 * 8 + i / 16;
            IntVector p = (IntVector) ByteVector.fromMemorySegment(B, w, p0, LE).castShape(I, 0);
            IntVector q = (IntVector) ByteVector.fromMemorySegment(B, w, p0 + 32, LE).castShape(I, 0);
            IntVector high = ((IntVector) ByteVector.fromMemorySegment(B, w, block + 128 + (n & 63), LE).castShape(I, 0))
                    .lanewise(VectorOperators.LSHL, 2);
            sum = ((FloatVector) q.and(15).or(high.and(48)).castShape(F, 0)).mul(FloatVector.fromMemorySegment(F, x, j + 128, LE))
                    .fma(FloatVector.broadcast(F, scratch[step + 2]), sum);
            sum = ((FloatVector) q.and(240).or(high.and(768)).castShape(F, 0)).mul(FloatVector.fromMemorySegment(F, x, j + 384, LE))
                    .fma(FloatVector.broadcast(F, scratch[step + 6] * 0.0625f), sum);
            high = high.lanewise(VectorOperators.LSHL, 2);
            sum = ((FloatVector) p.and(15).or(high.and(48)).castShape(F, 0)).mul(FloatVector.fromMemorySegment(F, x, j, LE))
                    .fma(FloatVector.broadcast(F, scratch[step]), sum);
            sum = ((FloatVector) p.and(240).or(high.and(768)).castShape(F, 0)).mul(FloatVector.fromMemorySegment(F, x, j + 256, LE))
                    .fma(FloatVector.broadcast(F, scratch[step + 4] * 0.0625f), sum);
        }
        sum.intoArray(scratch, to);
    }
}
