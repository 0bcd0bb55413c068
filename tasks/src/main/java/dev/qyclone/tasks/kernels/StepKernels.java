package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The plain form of a layer's steps for one token. All layers of a stage share each kernel: a kernel reads from {@code layers} and
 * {@code cursor} which layer's slice of the stacked arrays is its own.
 */
public final class StepKernels {
    private StepKernels() {
    }

    /** Spreads what the host sent for this call, one array, over the arrays that the steps read; {@code count} covers all of them. */
    public static void enter(
            FloatArray sent, IntArray call, IntArray cursor, FloatArray angles, FloatArray x, int angleCount, int rowFloats, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            if (i < Call.INTS) {
                call.set(i, (int) sent.get(i));
            }
            if (i < 2) {
                cursor.set(i, 0);
            }
            if (i < angleCount) {
                angles.set(i, sent.get(Call.INTS + i));
            }
            if (i < rowFloats) {
                x.set(i, sent.get(Call.INTS + angleCount + i));
            }
        }
    }
}
