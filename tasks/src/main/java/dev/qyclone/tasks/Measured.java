package dev.qyclone.tasks;

import dev.qyclone.engine.ops.ScalarOps;
import dev.qyclone.engine.ops.WorkerPool;
import java.util.Random;
import java.util.function.Consumer;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** Inputs of kernels that are measured, and the reference. */
final class Measured {
    private Measured() {
    }

    static FloatArray gaussian(int size) {
        Random random = new Random(size);
        FloatArray array = new FloatArray(size);
        for (int i = 0; i < size; i++) {
            array.set(i, (float) random.nextGaussian());
        }
        return array;
    }

    static void reference(Consumer<ScalarOps> use) {
        try (WorkerPool workers = new WorkerPool(Runtime.getRuntime().availableProcessors())) {
            use.accept(new ScalarOps(workers));
        }
    }
}
