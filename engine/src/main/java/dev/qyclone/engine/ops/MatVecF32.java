package dev.qyclone.engine.ops;

import static dev.qyclone.engine.ops.Lanes.F;
import static dev.qyclone.engine.ops.Lanes.FLOAT;
import static dev.qyclone.engine.ops.Lanes.L;
import static dev.qyclone.engine.ops.Lanes.LE;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** Products of 32-bit rows with a vector. */
final class MatVecF32 {
    private MatVecF32() {
    }

    /**
     * out[at + row + i · gap] = row (row + i · gap) · x for i in 0..3: four streams far apart keep more of the memory busy than one.
     *
     * @param lanes scratch of 4 · L floats
     */
    static void four(MemorySegment w, int row, int gap, int cols, float[] x, float[] out, int at, float[] lanes) {
        long o0 = row * 4L * cols;
        long step = gap * 4L * cols;
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
            a0 = FloatVector.fromMemorySegment(F, w, o0, LE).fma(xs, a0);
            a1 = FloatVector.fromMemorySegment(F, w, o1, LE).fma(xs, a1);
            a2 = FloatVector.fromMemorySegment(F, w, o2, LE).fma(xs, a2);
            a3 = FloatVector.fromMemorySegment(F, w, o3, LE).fma(xs, a3);
            o0 += 4 * L;
            o1 += 4 * L;
            o2 += 4 * L;
            o3 += 4 * L;
        }
        a0.intoArray(lanes, 0);
        a1.intoArray(lanes, L);
        a2.intoArray(lanes, 2 * L);
        a3.intoArray(lanes, 3 * L);
        for (int i = 0; i < 4; i++) {
            out[at + row + i * gap] = finish(w, row + i * gap, bound, cols, x, Lanes.sum(lanes, i * L));
        }
    }

    /** out[at + row] = row · x, with the same bits as in {@link #four}. */
    static void one(MemorySegment w, int row, int cols, float[] x, float[] out, int at, float[] lanes) {
        long o = row * 4L * cols;
        FloatVector a = FloatVector.zero(F);
        int bound = F.loopBound(cols);
        for (int j = 0; j < bound; j += L) {
            a = FloatVector.fromMemorySegment(F, w, o, LE).fma(FloatVector.fromArray(F, x, j), a);
            o += 4 * L;
        }
        a.intoArray(lanes, 0);
        out[at + row] = finish(w, row, bound, cols, x, Lanes.sum(lanes, 0));
    }

    private static float finish(MemorySegment w, int row, int from, int cols, float[] x, float sum) {
        for (int j = from; j < cols; j++) {
            sum = Math.fma(w.get(FLOAT, (row * (long) cols + j) * 4), x[j], sum);
        }
        return sum;
    }
}
