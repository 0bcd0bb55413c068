package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** {@link BatchKernels#normRows} by work-groups: a group for a row, neighbouring items on neighbouring columns. */
public final class GroupNorm {
    private GroupNorm() {
    }

    /** Arguments as there; the items of a group are a power of two, at most 256. */
    public static void normGroups(
            KernelContext context, IntArray call, IntArray cursor, int cell, IntArray layers, FloatArray x, FloatArray norm,
            FloatArray out, int cols, float eps) {
        float[] sums = context.allocateFloatLocalArray(GroupResults.ITEMS);
        int item = context.localIdx;
        int size = context.localGroupSizeX;
        int slice = layers.get(cursor.get(cell) * Layers.INTS + Layers.SLICE);
        int token = context.groupIdx;
        int columns = 0;
        if (token < call.get(Call.TOKENS)) {
            columns = cols;
        }
        float squares = 0f;
        for (int i = item; i < columns; i += size) {
            squares += x.get(token * cols + i) * x.get(token * cols + i);
        }
        sums[item] = squares;
        for (int stride = size >> 1; stride > 0; stride >>= 1) {
            context.localBarrier();
            if (item < stride) {
                sums[item] = sums[item] + sums[item + stride];
            }
        }
        context.localBarrier();
        float scale = 1f / TornadoMath.sqrt(sums[0] / cols + eps);
        for (int i = item; i < columns; i += size) {
            out.set(token * cols + i, x.get(token * cols + i) * scale * norm.get(slice * cols + i));
        }
    }
}
