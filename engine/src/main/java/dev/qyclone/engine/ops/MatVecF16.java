package dev.qyclone.engine.ops;

import static dev.qyclone.engine.ops.Lanes.F;
import static dev.qyclone.engine.ops.Lanes.HALF;
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
 * Products of half-precision rows with a vector. The bits of a finite half, shifted into a float's place, are the half times
 * 2^-112, subnormal halves included; so the vector comes multiplied by {@link #LIFT} and the sum is right as it is.
 * Infinite and NaN halves are read as finite: weights have none.
 */
final class MatVecF16 {
    /** What the vector is multiplied by beforehand. */
    static final float LIFT = 0x1p112f;

    private static final float DROP = 0x1p-112f;
    private static final int HALF_BITS = 0x8fffe000;

    private MatVecF16() {
    }

    /**
     * out[at + row + i · gap] = row (row + i · gap) · x for i in 0..3: four streams far apart keep more of the memory busy than one.
     *
     * @param x the vector times LIFT / scale
     * @param scale a power of two, 1 unless the lifted vector would overflow
     * @param lanes scratch of 4 · L floats
     */
    static void four(MemorySegment w, int row, int gap, int cols, float[] x, float scale, float[] out, int at, float[] lanes) {
        long o0 = row * 2L * cols;
        long step = gap * 2L * cols;
        long o1 = o0 + step;
        long o2 = o1 + step;
        long o3 = o2 + step;
        FloatVector a0 = FloatVector.zero(F);
        FloatVector a1 = a0;
        FloatVector a2 = a0;
        FloatVector a3 = a0;
        int bound = F.loopBound(cols);
        for (int j = 0; j < bound; j += L) {
            FloatVector xs = FloatVector.fromArray(F, x, j);
            a0 = ((IntVector) ShortVector.fromMemorySegment(S, w, o0, LE).castShape(I, 0)).lanewise(VectorOperators.LSHL, 13)
                    .and(HALF_BITS).reinterpretAsFloats().fma(xs, a0);
            a1 = ((IntVector) ShortVector.fromMemorySegment(S, w, o1, LE).castShape(I, 0)).lanewise(VectorOperators.LSHL, 13)
                    .and(HALF_BITS).reinterpretAsFloats().fma(xs, a1);
            a2 = ((IntVector) ShortVector.fromMemorySegment(S, w, o2, LE).castShape(I, 0)).lanewise(VectorOperators.LSHL, 13)
                    .and(HALF_BITS).reinterpretAsFloats().fma(xs, a2);
            a3 = ((IntVector) ShortVector.fromMemorySegment(S, w, o3, LE).castShape(I, 0)).lanewise(VectorOperators.LSHL, 13)
                    .and(HALF_BITS).reinterpretAsFloats().fma(xs, a3);
            o0 += 2 * L;
            o1 += 2 * L;
            o2 += 2 * L;
            o3 += 2 * L;
        }
        a0.intoArray(lanes, 0);
        a1.intoArray(lanes, L);
        a2.intoArray(lanes, 2 * L);
        a3.intoArray(lanes, 3 * L);
        for (int i = 0; i < 4; i++) {
            out[at + row + i * gap] = finish(w, row + i * gap, bound, cols, x, scale, Lanes.sum(lanes, i * L));
        }
    }

    /** out[at + row] = row · x, with the same bits as in {@link #four}. */
    static void one(MemorySegment w, int row, int cols, float[] x, float scale, float[] out, int at, float[] lanes) {
        long o = row * 2L * cols;
        FloatVector a = FloatVector.zero(F);
        int bound = F.loopBound(cols);
        for (int j = 0; j < bound; j += L) {
            a = ((IntVector) ShortVector.fromMemorySegment(S, w, o, LE).castShape(I, 0)).lanewise(VectorOperators.LSHL, 13)
                    .and(HALF_BITS).reinterpretAsFloats().fma(FloatVector.fromArray(F, x, j), a);
            o += 2 * L;
        }
        a.intoArray(lanes, 0);
        out[at + row] = finish(w, row, bound, cols, x, scale, Lanes.sum(lanes, 0));
    }

    private static float finish(MemorySegment w, int row, int from, int cols, float[] x, float scale, float sum) {
        for (int j = from; j < cols; j++) {
            sum = Math.fma(Float.float16ToFloat(w.get(HALF, (row * (long) cols + j) * 2)) * DROP, x[j], sum);
        }
        return sum * scale;
    }
}
