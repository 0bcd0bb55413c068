package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/** Copies between a large array on the device and a small one that travels. {@code range} = first element of the large one, count. */
public final class MoveKernels {
    private MoveKernels() {
    }

    /** staged = pool[first ..]; behind the pool's end its last element. */
    public static void take(IntArray range, FloatArray pool, FloatArray staged, int count, int poolSize) {
        for (@Parallel int i = 0; i < count; i++) {
            // least of all added to i: behind the largest index there is, first + i would be negative
            int from = TornadoMath.min(range.get(0), poolSize - 1 - i) + i;
            staged.set(i, pool.get(from));
        }
    }

    /** pool[first .. first + count) = staged. */
    public static void put(IntArray range, FloatArray staged, FloatArray pool, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            if (i < range.get(1)) {
                pool.set(range.get(0) + i, staged.get(i));
            }
        }
    }

    /** As {@link #take}, for halves. */
    public static void takeHalves(IntArray range, ShortArray pool, ShortArray staged, int count, int poolSize) {
        for (@Parallel int i = 0; i < count; i++) {
            // least of all added to i: behind the largest index there is, first + i would be negative
            int from = TornadoMath.min(range.get(0), poolSize - 1 - i) + i;
            staged.set(i, pool.get(from));
        }
    }

    /** As {@link #put}, for halves. */
    public static void putHalves(IntArray range, ShortArray staged, ShortArray pool, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            if (i < range.get(1)) {
                pool.set(range.get(0) + i, staged.get(i));
            }
        }
    }
}
