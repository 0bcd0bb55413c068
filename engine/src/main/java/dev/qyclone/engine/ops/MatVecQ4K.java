package dev.qyclone.engine.ops;

import static dev.qyclone.engine.ops.Lanes.F;
import static dev.qyclone.engine.ops.Lanes.HALF;
import static dev.qyclone.engine.ops.Lanes.I;
import static dev.qyclone.engine.ops.Lanes.INT;
import static dev.qyclone.engine.ops.Lanes.L;
import static dev.qyclone.engine.ops.Lanes.LE;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Products of Q4_K rows with a vector, in floats throughout: a sub-block of 32 stands for (d · S) · nibble - dmin · M, so its
 * product is (d · S) · Σ nibble · x - (dmin · M) · Σ x, and Σ x is the same for all rows. For 256- and 512-bit shapes.
 *
 * <p>Two passes over four rows at a time: the first computes the steps, the second the sums of nibbles.
 */
final class MatVecQ4K {
    private static final int BLOCK = 256;
    private static final int BYTES = 144;
    private static final int MINIMUMS = 64;
    private static final int STEPS = MINIMUMS + 32;
    private static final int[] BYTE_OF_LANE = {0, 0, 8, 8, 16, 16, 24, 24};
    private static final int[] GROUP_OF_LANE = {0, 4, 1, 5, 2, 6, 3, 7};

    private static final VectorMask<Float> UPPER = VectorMask.fromLong(F, 0xff00);

    private MatVecQ4K() {
    }

    /** sums[i] = the sum of a sub-block of x, in the order of the lanes that hold its minimum. */
    static void sums(float[] x, int cols, float[] sums) {
        for (int i = 0; i < cols / 32; i++) {
            int from = i / 8 * BLOCK + 32 * GROUP_OF_LANE[i % 8];
            float sum = 0;
            for (int j = from; j < from + 32; j++) {
                sum += x[j];
            }
            sums[i] = sum;
        }
    }

    /**
     * Brings x into the order in which {@link #dot} meets it: an int lane holds four bytes, of each the low and then the high
     * nibble. Nibble k stays where it is, and so counts 16^k times its value: x is divided by that.
     *
     * @param target of {@code cols} floats, best at the start of a cache line
     */
    static void arrange(float[] x, int cols, MemorySegment target) {
        long o = 0;
        for (int j = 0; j < cols; j += 8 * L) {
            for (int k = 0; k < 8; k++) {
                float scale = k == 7 ? 1 : Float.intBitsToFloat(127 - 4 * k << 23);
                for (int lane = 0; lane < L; lane++) {
                    int at = j / 2 + 4 * lane + k / 2;
                    target.set(Lanes.FLOAT, o, x[at / 32 * 64 + k % 2 * 32 + at % 32] * scale);
                    o += 4;
                }
            }
        }
    }

    /**
     * out[at + row + i · gap] = row (row + i · gap) · x for i in 0..3, four streams far apart.
     *
     * @param x by {@link #arrange}
     * @param sums by {@link #sums}
     * @param scratch of 96 floats and one for each 8 columns
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
        long stride = (long) cols / BLOCK * BYTES;
        Arrays.fill(scratch, MINIMUMS, STEPS, 0);
        for (int block = 0; block < cols / BLOCK; block++) {
            long o = row * stride + (long) block * BYTES;
            for (int i = 0; i < count; i++) {
                steps(w, o, sums, 8 * block, scratch, STEPS + i * (cols / 32) + 8 * block, MINIMUMS + 8 * i);
                o += gap * stride;
            }
        }
        for (int i = 0; i < count; i++) {
            dot(w, (row + (long) i * gap) * stride, cols, x, scratch, STEPS + i * (cols / 32), i * L);
        }
        for (int i = 0; i < count; i++) {
            float minimums = 0;
            for (int k = 0; k < 8; k++) {
                minimums += scratch[MINIMUMS + 8 * i + k];
            }
            out[at + row + i * gap] = Lanes.sum(scratch, i * L) - minimums;
        }
    }

    /** Writes d · S of the sub-blocks 0, 4, 1, 5, 2, 6, 3, 7, and adds dmin · M · Σ x to the eight floats at {@code to}. */
    private static void steps(MemorySegment w, long o, float[] sums, int from, float[] scratch, int at, int to) {
        int a = w.get(INT, o + 4);
        int b = w.get(INT, o + 8);
        int c = w.get(INT, o + 12);
        // Touches the block's other cache lines, for the second pass.
        scratch[0] = w.get(INT, o + 76);
        scratch[1] = w.get(INT, o + 140);
        long scales = a & 0x3f3f3f3f | (long) (c & 0x0f0f0f0f | a >>> 2 & 0x30303030) << 32;
        long minimums = b & 0x3f3f3f3f | (long) (c >>> 4 & 0x0f0f0f0f | b >>> 2 & 0x30303030) << 32;
        IntVector shifts = IntVector.fromArray(IntVector.SPECIES_256, BYTE_OF_LANE, 0);
        ((FloatVector) LongVector.broadcast(LongVector.SPECIES_256, scales).reinterpretAsInts()
                .lanewise(VectorOperators.LSHR, shifts).and(255).castShape(FloatVector.SPECIES_256, 0))
                .mul(Float.float16ToFloat(w.get(HALF, o))).intoArray(scratch, at);
        ((FloatVector) LongVector.broadcast(LongVector.SPECIES_256, minimums).reinterpretAsInts()
                .lanewise(VectorOperators.LSHR, shifts).and(255).castShape(FloatVector.SPECIES_256, 0))
                .mul(Float.float16ToFloat(w.get(HALF, o + 2)))
                .fma(FloatVector.fromArray(FloatVector.SPECIES_256, sums, from),
                        FloatVector.fromArray(FloatVector.SPECIES_256, scratch, to))
                .intoArray(scratch, to);
    }

    /** Writes the lanes of Σ (d · S) · nibble · x of one row. */
    private static void dot(MemorySegment w, long offset, int cols, MemorySegment x, float[] scratch, int steps, int to) {
        FloatVector sum = FloatVector.zero(F);
        for (int j = 0; j < cols; j += 8 * L) {
            int pair = j / 64;
            int step = steps + pair / 4 * 8 + pair % 2 * 4 + pair / 2 % 2;
            FloatVector low = FloatVector.broadcast(F, scratch[step]);
            FloatVector high = FloatVector.broadcast(F, scratch[step + 2]);
            if (L == 16) {
                low = low.blend(scratch[step + 4], UPPER);
                high = high.blend(scratch[step + 6], UPPER);
            }
            IntVector q = IntVector.fromMemorySegment(I, w, offset + 16 + j / 2 + j / 256 * 16, LE);
            long o = 4L * j;
            FloatVector a = ((FloatVector) q.and(0xf).castShape(F, 0)).mul(FloatVector.fromMemorySegment(F, x, o, LE));
            FloatVector b = ((FloatVector) q.and(0xf0).castShape(F, 0)).mul(FloatVector.fromMemorySegment(F, x, o + 4 * L, LE));
            a = ((FloatVector) q.and(0xf00).castShape(F, 0)).fma(FloatVector.fromMemorySegment(F, x, o + 8 * L, LE), a);
            b = ((FloatVector) q.and(0xf000).castShape(F, 0)).fma(FloatVector.fromMemorySegment(F, x, o + 12 * L, LE), b);
            a = ((FloatVector) q.and(0xf0000).castShape(F, 0)).fma(FloatVector.fromMemorySegment(F, x, o + 16 * L, LE), a);
            b = ((FloatVector) q.and(0xf00000).castShape(F, 0)).fma(FloatVector.fromMemorySegment(F, x, o + 20 * L, LE), b);
            a = ((FloatVector) q.and(0xf000000).castShape(F, 0)).fma(FloatVector.fromMemorySegment(F, x, o + 24 * L, LE), a);
            b = ((FloatVector) q.lanewise(VectorOperators.LSHR, 28).castShape(F, 0))
                    .fma(FloatVector.fromMemorySegment(F, x, o + 28 * L, LE), b);
            sum = b.fma(high, a.fma(low, sum));
        }
        sum.intoArray(scratch, to);
    }
}
