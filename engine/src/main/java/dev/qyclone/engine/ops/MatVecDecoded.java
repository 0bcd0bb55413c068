package dev.qyclone.engine.ops;

import static dev.qyclone.engine.ops.Lanes.F;
import static dev.qyclone.engine.ops.Lanes.L;

import jdk.incubator.vector.FloatVector;

/** Products of rows with a vector for types without a kernel of their own: the row is decoded into scratch first. */
final class MatVecDecoded {
    private MatVecDecoded() {
    }

    /** The product of {@code cols} decoded elements with x; {@code cols} is a multiple of 32. */
    static float dot(float[] row, float[] x, int cols, float[] lanes) {
        FloatVector a0 = FloatVector.zero(F);
        FloatVector a1 = a0;
        for (int j = 0; j < cols; j += 2 * L) {
            a0 = FloatVector.fromArray(F, row, j).fma(FloatVector.fromArray(F, x, j), a0);
            a1 = FloatVector.fromArray(F, row, j + L).fma(FloatVector.fromArray(F, x, j + L), a1);
        }
        a0.add(a1).intoArray(lanes, 0);
        return Lanes.sum(lanes, 0);
    }
}
