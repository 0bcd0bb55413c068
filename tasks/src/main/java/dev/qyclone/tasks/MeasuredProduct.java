package dev.qyclone.tasks;

import dev.qyclone.engine.stage.KernelCase;
import dev.qyclone.engine.stage.KernelRun;
import dev.qyclone.engine.tensor.Blocks;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import dev.qyclone.tasks.kernels.Cursor;
import dev.qyclone.tasks.kernels.HostArrays;
import dev.qyclone.tasks.kernels.Layers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * One matrix times one vector, several times in one graph, each time with another copy of the matrix: not from a cache that holds fewer
 * than all of them.
 */
final class MeasuredProduct {
    /** Products of a run. */
    private static final int COPIES = 4;

    private MeasuredProduct() {
    }

    static KernelRun open(TornadoDevice tornado, KernelForms forms, KernelCase which) {
        int rows = which.shape().ffnDim();
        int cols = which.shape().dim();
        TensorType type = which.type();
        try (Arena arena = Arena.ofShared()) {
            Tensor matrix = random(arena, type, rows, cols);
            HostArrays arrays = new HostArrays();
            StackedMatrix weights = StackedMatrix.of(Collections.nCopies(COPIES, List.of(matrix)), arrays);
            FloatArray x = Measured.gaussian(cols);
            FloatArray out = new FloatArray(rows);
            float[] wanted = new float[rows];
            Measured.reference(ops -> ops.matMul(matrix, x.toHeapArray(), wanted, 1));
            IntArray layers = new IntArray(COPIES * Layers.INTS);
            layers.init(0);
            List<IntArray> cursors = new ArrayList<>();
            for (int i = 0; i < COPIES; i++) {
                layers.set(i * Layers.INTS + Layers.SLICE, i);
                IntArray cursor = new IntArray(Cursor.INTS);
                cursor.init(i);
                cursors.add(cursor);
            }
            return DeviceKernelRun.of(tornado, forms, steps -> {
                steps.own(layers, x, out);
                for (int i = 0; i < COPIES; i++) {
                    steps.own(cursors.get(i));
                    new ProductSteps(steps, cursors.get(i), layers, forms).set("product_" + i, weights, x, out, 0);
                }
            }, out, wanted, new KernelWork(COPIES * matrix.bytes(), 2.0 * COPIES * rows * cols), arrays);
        }
    }

    private static Tensor random(Arena arena, TensorType type, int rows, int cols) {
        MemorySegment data = arena.allocate(type.bytes((long) rows * cols), Float.BYTES);
        float[] drawn = Measured.gaussian(64 * cols).toHeapArray();
        for (int r = 0; r < rows; r++) {
            Blocks.encode(type, drawn, r % 64 * cols, data, r * type.bytes(cols), cols);
        }
        return new Tensor("measured", type, new long[] {rows, cols}, data);
    }
}
