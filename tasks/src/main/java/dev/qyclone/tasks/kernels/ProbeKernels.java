package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Kernels that compute nothing for a model and show what a device does with one. */
public final class ProbeKernels {
    private ProbeKernels() {
    }

    /** Adds one to each of {@code items} counts: where a device runs the loop whole in more than one item, counts grow by more. */
    public static void count(IntArray counts, int items) {
        for (@Parallel int i = 0; i < items; i++) {
            counts.set(i, counts.get(i) + 1);
        }
    }
}
