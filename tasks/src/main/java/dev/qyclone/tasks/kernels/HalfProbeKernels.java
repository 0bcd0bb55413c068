package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/** What shows whether a device computes with 16-bit floats: not every driver that does says so, and not every one that says so does. */
public final class HalfProbeKernels {
    private HalfProbeKernels() {
    }

    /** sums = a + b. */
    public static void addHalves(HalfFloatArray a, HalfFloatArray b, HalfFloatArray sums, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            sums.set(i, HalfFloat.add(a.get(i), b.get(i)));
        }
    }
}
