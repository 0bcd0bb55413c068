package dev.qyclone.engine.ops;

import static dev.qyclone.engine.ops.Lanes.F;
import static dev.qyclone.engine.ops.Lanes.HALF;
import static dev.qyclone.engine.ops.Lanes.I;
import static dev.qyclone.engine.ops.Lanes.L;
import static dev.qyclone.engine.ops.Lanes.LE;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Products of Q4_0 rows with a vector, in floats throughout: a block is a half-precision scale d and 16 bytes whose low
 * nibbles are the elements 0..15 and whose high nibbles the elements 16..31; it stands for d · (q - 8). The sum of a block
 * starts from -8 Σ x, computed once per vector and lane, so that the kernel need not subtract.
 *
 * <p>Rows are summed one at a time: loops over four rows, and over two, were compiled with boxed vectors or without, depending on what
 * had been compiled before them.
 */
final class MatVecQ4 {
    private static final int BYTES = 18;

    private MatVecQ4() {
    }

    /**
     * out[at + row + i · gap] = row (row + i · gap) · x for i in 0..3. For 256- and 512-bit shapes.
     *
     * @param shifts of x, by {@link #shifts}
     * @param lanes scratch of L floats
     */
    static void four(MemorySegment w, int row, int gap, int cols, float[] x, float[] shifts, float[] out, int at, float[] lanes) {
        for (int i = 0; i < 4; i++) {
            one(w, row + i * gap, cols, x, shifts, out, at, lanes);
        }
    }

    /** out[at + row] = row · x, with the same bits as in {@link #four}. */
    static void one(MemorySegment w, int row, int cols, float[] x, float[] shifts, float[] out, int at, float[] lanes) {
        if (L == 16) {
            one512(w, row, cols, x, shifts, lanes);
        } else {
            one256(w, row, cols, x, shifts, lanes);
        }
        out[at + row] = Lanes.sum(lanes, 0);
    }

    private static void one512(MemorySegment w, int row, int cols, float[] x, float[] shifts, float[] lanes) {
        long o0 = row * ((long) cols / 32 * BYTES);
        FloatVector a0 = FloatVector.zero(F);
        for (int j = 0; j < cols; j += 32) {
            FloatVector x0 = FloatVector.fromArray(F, x, j);
            FloatVector x1 = FloatVector.fromArray(F, x, j + 16);
            FloatVector shift = FloatVector.fromArray(F, shifts, j / 32 * L);
            IntVector q0 = (IntVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_128, w, o0 + 2, LE).castShape(I, 0);
            a0 = ((FloatVector) q0.lanewise(VectorOperators.LSHR, 4).and(15).castShape(F, 0))
                    .fma(x1, ((FloatVector) q0.and(15).castShape(F, 0)).fma(x0, shift))
                    .fma(FloatVector.broadcast(F, Float.float16ToFloat(w.get(HALF, o0))), a0);
            o0 += BYTES;
        }
        a0.intoArray(lanes, 0);
    }

    private static void one256(MemorySegment w, int row, int cols, float[] x, float[] shifts, float[] lanes) {
        long o0 = row * ((long) cols / 32 * BYTES);
        FloatVector a0 = FloatVector.zero(F);
        for (int j = 0; j < cols; j += 32) {
            FloatVector x0 = FloatVector.fromArray(F, x, j);
            FloatVector x1 = FloatVector.fromArray(F, x, j + 8);
            FloatVector x2 = FloatVector.fromArray(F, x, j + 16);
            FloatVector x3 = FloatVector.fromArray(F, x, j + 24);
            FloatVector shift = FloatVector.fromArray(F, shifts, j / 32 * L);
            IntVector p0 = (IntVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_64, w, o0 + 2, LE).castShape(I, 0);
            IntVector q0 = (IntVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_64, w, o0 + 10, LE).castShape(I, 0);
            a0 = ((FloatVector) q0.lanewise(VectorOperators.LSHR, 4).and(15).castShape(F, 0))
                    .fma(x3, ((FloatVector) p0.lanewise(VectorOperators.LSHR, 4).and(15).castShape(F, 0))
                    .fma(x2, ((FloatVector) q0.and(15).castShape(F, 0))
                    .fma(x1, ((FloatVector) p0.and(15).castShape(F, 0)).fma(x0, shift))))
                    .fma(FloatVector.broadcast(F, Float.float16ToFloat(w.get(HALF, o0))), a0);
            o0 += BYTES;
        }
        a0.intoArray(lanes, 0);
    }

    /** shifts[block · L + lane] = -8 · the sum of the elements of x that fall on that lane: what {@link #four} starts from. */
    static void shifts(float[] x, int cols, float[] shifts) {
        for (int j = 0; j < cols; j += 32) {
            FloatVector sum = FloatVector.fromArray(F, x, j);
            for (int i = L; i < 32; i += L) {
                sum = sum.add(FloatVector.fromArray(F, x, j + i));
            }
            sum.mul(-8f).intoArray(shifts, j / 32 * L);
        }
    }
}
