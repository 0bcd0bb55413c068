package dev.qyclone.engine.ops;

import static dev.qyclone.engine.ops.Lanes.F;
import static dev.qyclone.engine.ops.Lanes.HALF;
import static dev.qyclone.engine.ops.Lanes.L;
import static dev.qyclone.engine.ops.Lanes.LE;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;

/**
 * Products of Q8_0 rows with a vector, in floats throughout: a block is a half-precision scale d and 32 signed bytes q, and
 * stands for d · q.
 */
final class MatVecQ8 {
    private static final int BYTES = 34;

    private MatVecQ8() {
    }

    /**
     * out[at + row + i · gap] = row (row + i · gap) · x for i in 0..3, four streams far apart. For 256- and 512-bit shapes.
     *
     * @param lanes scratch of 4 · L floats
     */
    static void four(MemorySegment w, int row, int gap, int cols, float[] x, float[] out, int at, float[] lanes) {
        if (L == 16) {
            four512(w, row, gap, cols, x, lanes);
        } else {
            four256(w, row, gap, cols, x, lanes);
        }
        for (int i = 0; i < 4; i++) {
            out[at + row + i * gap] = Lanes.sum(lanes, i * L);
        }
    }

    /** out[at + row] = row · x, with the same bits as in {@link #four}. */
    static void one(MemorySegment w, int row, int cols, float[] x, float[] out, int at, float[] lanes) {
        if (L == 16) {
            one512(w, row, cols, x, lanes);
        } else {
            one256(w, row, cols, x, lanes);
        }
        out[at + row] = Lanes.sum(lanes, 0);
    }

    private static void four512(MemorySegment w, int row, int gap, int cols, float[] x, float[] lanes) {
        long stride = (long) cols / 32 * BYTES;
        long o0 = row * stride;
        long o1 = o0 + gap * stride;
        long o2 = o1 + gap * stride;
        long o3 = o2 + gap * stride;
        FloatVector a0 = FloatVector.zero(F);
        FloatVector a1 = a0;
        FloatVector a2 = a0;
        FloatVector a3 = a0;
        for (int j = 0; j < cols; j += 32) {
            FloatVector x0 = FloatVector.fromArray(F, x, j);
            FloatVector x1 = FloatVector.fromArray(F, x, j + 16);
            a0 = ((FloatVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_128, w, o0 + 18, LE).castShape(F, 0))
                    .fma(x1, ((FloatVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_128, w, o0 + 2, LE).castShape(F, 0)).mul(x0))
                    .fma(FloatVector.broadcast(F, Float.float16ToFloat(w.get(HALF, o0))), a0);
            a1 = ((FloatVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_128, w, o1 + 18, LE).castShape(F, 0))
                    .fma(x1, ((FloatVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_128, w, o1 + 2, LE).castShape(F, 0)).mul(x0))
                    .fma(FloatVector.broadcast(F, Float.float16ToFloat(w.get(HALF, o1))), a1);
            a2 = ((FloatVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_128, w, o2 + 18, LE).castShape(F, 0))
                    .fma(x1, ((FloatVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_128, w, o2 + 2, LE).castShape(F, 0)).mul(x0))
                    .fma(FloatVector.broadcast(F, Float.float16ToFloat(w.get(HALF, o2))), a2);
            a3 = ((FloatVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_128, w, o3 + 18, LE).castShape(F, 0))
                    .fma(x1, ((FloatVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_128, w, o3 + 2, LE).castShape(F, 0)).mul(x0))
                    .fma(FloatVector.broadcast(F, Float.float16ToFloat(w.get(HALF, o3))), a3);
            o0 += BYTES;
            o1 += BYTES;
            o2 += BYTES;
            o3 += BYTES;
        }
        a0.intoArray(lanes, 0);
        a1.intoArray(lanes, L);
        a2.intoArray(lanes, 2 * L);
        a3.intoArray(lanes, 3 * L);
    }

    private static void one512(MemorySegment w, int row, int cols, float[] x, float[] lanes) {
        long o0 = row * ((long) cols / 32 * BYTES);
        FloatVector a0 = FloatVector.zero(F);
        for (int j = 0; j < cols; j += 32) {
            FloatVector x0 = FloatVector.fromArray(F, x, j);
            FloatVector x1 = FloatVector.fromArray(F, x, j + 16);
            a0 = ((FloatVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_128, w, o0 + 18, LE).castShape(F, 0))
                    .fma(x1, ((FloatVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_128, w, o0 + 2, LE).castShape(F, 0)).mul(x0))
                    .fma(FloatVector.broadcast(F, Float.float16ToFloat(w.get(HALF, o0))), a0);
            o0 += BYTES;
        }
        a0.intoArray(lanes, 0);
    }

    private static void four256(MemorySegment w, int row, int gap, int cols, float[] x, float[] lanes) {
        long stride = (long) cols / 32 * BYTES;
        long o0 = row * stride;
        long o1 = o0 + gap * stride;
        long o2 = o1 + gap * stride;
        long o3 = o2 + gap * stride;
        FloatVector a0 = FloatVector.zero(F);
        FloatVector a1 = a0;
        FloatVector a2 = a0;
        FloatVector a3 = a0;
        for (int j = 0; j < cols; j += 32) {
            FloatVector x0 = FloatVector.fromArray(F, x, j);
            FloatVector x1 = FloatVector.fromArray(F, x, j + 8);
            FloatVector x2 = FloatVector.fromArray(F, x, j + 16);
            FloatVector x3 = FloatVector.fromArray(F, x, j + 24);
            a0 = ((FloatVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_64, w, o0 + 26, LE).castShape(F, 0))
                    .fma(x3, ((FloatVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_64, w, o0 + 18, LE).castShape(F, 0))
                    .fma(x2, ((FloatVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_64, w, o0 + 10, LE).castShape(F, 0))
                    .fma(x1, ((FloatVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_64, w, o0 + 2, LE).castShape(F, 0)).mul(x0))))
                    .fma(FloatVector.broadcast(F, Float.float16ToFloat(w.get(HALF, o0))), a0);
            a1 = ((FloatVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_64, w, o1 + 26, LE).castShape(F, 0))
                    .fma(x3, ((FloatVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_64, w, o1 + 18, LE).castShape(F, 0))
                    .fma(x2, ((FloatVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_64, w, o1 + 10, LE).castShape(F, 0))
                    .fma(x1, ((FloatVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_64, w, o1 + 2, LE).castShape(F, 0)).mul(x0))))
                    .fma(FloatVector.broadcast(F, Float.float16ToFloat(w.get(HALF, o1))), a1);
            a2 = ((FloatVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_64, w, o2 + 26, LE).castShape(F, 0))
                    .fma(x3, ((FloatVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_64, w, o2 + 18, LE).castShape(F, 0))
                    .fma(x2, ((FloatVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_64, w, o2 + 10, LE).castShape(F, 0))
                    .fma(x1, ((FloatVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_64, w, o2 + 2, LE).castShape(F, 0)).mul(x0))))
                    .fma(FloatVector.broadcast(F, Float.float16ToFloat(w.get(HALF, o2))), a2);
            a3 = ((FloatVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_64, w, o3 + 26, LE).castShape(F, 0))
                    .fma(x3, ((FloatVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_64, w, o3 + 18, LE).castShape(F, 0))
                    .fma(x2, ((FloatVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_64, w, o3 + 10, LE).castShape(F, 0))
                    .fma(x1, ((FloatVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_64, w, o3 + 2, LE).castShape(F, 0)).mul(x0))))
                    .fma(FloatVector.broadcast(F, Float.float16ToFloat(w.get(HALF, o3))), a3);
            o0 += BYTES;
            o1 += BYTES;
            o2 += BYTES;
            o3 += BYTES;
        }
        a0.intoArray(lanes, 0);
        a1.intoArray(lanes, L);
        a2.intoArray(lanes, 2 * L);
        a3.intoArray(lanes, 3 * L);
    }

    private static void one256(MemorySegment w, int row, int cols, float[] x, float[] lanes) {
        long o0 = row * ((long) cols / 32 * BYTES);
        FloatVector a0 = FloatVector.zero(F);
        for (int j = 0; j < cols; j += 32) {
            FloatVector x0 = FloatVector.fromArray(F, x, j);
            FloatVector x1 = FloatVector.fromArray(F, x, j + 8);
            FloatVector x2 = FloatVector.fromArray(F, x, j + 16);
            FloatVector x3 = FloatVector.fromArray(F, x, j + 24);
            a0 = ((FloatVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_64, w, o0 + 26, LE).castShape(F, 0))
                    .fma(x3, ((FloatVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_64, w, o0 + 18, LE).castShape(F, 0))
                    .fma(x2, ((FloatVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_64, w, o0 + 10, LE).castShape(F, 0))
                    .fma(x1, ((FloatVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_64, w, o0 + 2, LE).castShape(F, 0)).mul(x0))))
                    .fma(FloatVector.broadcast(F, Float.float16ToFloat(w.get(HALF, o0))), a0);
            o0 += BYTES;
        }
        a0.intoArray(lanes, 0);
    }
}
