package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The index of the largest of many values, the lowest of equals, in two kernels: one item for each part of the values, then one for
 * the parts. Where a value is NaN or infinite the answer is -1 - its index.
 */
public final class LargestKernels {
    private LargestKernels() {
    }

    /** The best of each part: part p has the values [p · length, (p + 1) · length) as far as there are any. */
    public static void ofParts(FloatArray values, FloatArray best, IntArray where, int count, int length, int parts) {
        for (@Parallel int p = 0; p < parts; p++) {
            int start = TornadoMath.min(p * length, count - 1);
            int end = start + length;
            if (end > count) {
                end = count;
            }
            float largest = values.get(start);
            int at = start;
            int broken = -1;
            for (int i = start; i < end; i++) {
                float value = values.get(i);
                if (value > largest) {
                    largest = value;
                    at = i;
                }
                // Only a finite value differs from itself by 0; the first one that does not stays.
                if (value - value != 0f) {
                    if (broken < 0) {
                        broken = i;
                    }
                }
            }
            if (broken >= 0) {
                at = -1 - broken;
            }
            // Whole work-groups may have items behind the last part.
            if (p * length < count) {
                best.set(p, largest);
                where.set(p, at);
            }
        }
    }

    /** The best of all parts, in {@code winner}; those of lower indices come first. */
    public static void ofAll(FloatArray best, IntArray where, IntArray winner, int parts) {
        for (@Parallel int one = 0; one < 1; one++) {
            float largest = best.get(0);
            int at = where.get(0);
            for (int p = 1; p < parts; p++) {
                if (at >= 0) {
                    if (where.get(p) < 0) {
                        at = where.get(p);
                    } else if (best.get(p) > largest) {
                        largest = best.get(p);
                        at = where.get(p);
                    }
                }
            }
            if (one == 0) {
                winner.set(0, at);
            }
        }
    }
}
