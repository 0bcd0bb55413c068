package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat16;
import uk.ac.manchester.tornado.api.types.vectors.Float16;

/** What shows a device's limits, beside which other kernels are measured. */
public final class LimitKernels {
    /** Multiplications and additions of an item in a step. */
    public static final int OPERATIONS = 2 * 16 * 6;

    private LimitKernels() {
    }

    /** to = from; {@code items} of sixteen floats. */
    public static void copyLanes(FloatArray from, FloatArray to, int items) {
        for (@Parallel int i = 0; i < items; i++) {
            VectorFloat16 source = new VectorFloat16(from);
            VectorFloat16 target = new VectorFloat16(to);
            target.set(i, source.get(i));
        }
    }

    /** Six sums in registers that do not wait for each other: sum = sum · factor + 1, {@code steps} times; out (items, 16). */
    public static void multiplyAdd(FloatArray factors, FloatArray out, int steps, int items) {
        for (@Parallel int item = 0; item < items; item++) {
            VectorFloat16 target = new VectorFloat16(out);
            Float16 factor = FieldLanes.floats(factors, 0);
            Float16 one = Vectors.splat(1f);
            Float16 a = Vectors.splat(0f);
            Float16 b = Vectors.splat(1f);
            Float16 c = Vectors.splat(2f);
            Float16 d = Vectors.splat(3f);
            Float16 e = Vectors.splat(4f);
            Float16 f = Vectors.splat(5f);
            for (int s = 0; s < steps; s++) {
                a = Vectors.addProduct(one, a, factor);
                b = Vectors.addProduct(one, b, factor);
                c = Vectors.addProduct(one, c, factor);
                d = Vectors.addProduct(one, d, factor);
                e = Vectors.addProduct(one, e, factor);
                f = Vectors.addProduct(one, f, factor);
            }
            target.set(item, Float16.add(Float16.add(Float16.add(a, b), Float16.add(c, d)), Float16.add(e, f)));
        }
    }
}
