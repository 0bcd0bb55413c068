package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** Kernels that show how fast a device reads and multiplies when it does nothing else. */
public final class RateKernels {
    private RateKernels() {
    }

    /** Sums of data (each, items) over its rows: neighbouring items read neighbouring values, as GPUs like it. */
    public static void sumAcross(FloatArray data, FloatArray sums, int items, int each) {
        for (@Parallel int i = 0; i < items; i++) {
            float sum = 0f;
            for (int k = 0; k < each; k++) {
                sum += data.get(k * items + i);
            }
            sums.set(i, sum);
        }
    }

    /** Sums of data (items, each) over its columns: each item reads a run of its own, as CPUs like it. */
    public static void sumAlong(FloatArray data, FloatArray sums, int items, int each) {
        for (@Parallel int i = 0; i < items; i++) {
            float a = 0f;
            float b = 0f;
            float c = 0f;
            float d = 0f;
            for (int k = 0; k < each; k += 4) {
                a += data.get(i * each + k);
                b += data.get(i * each + k + 1);
                c += data.get(i * each + k + 2);
                d += data.get(i * each + k + 3);
            }
            sums.set(i, a + b + c + d);
        }
    }

    /** Eight multiply-adds that do not wait for each other, {@code steps} times in each item; all converge to 0.5. */
    public static void multiplyAdd(FloatArray results, int items, int steps) {
        for (@Parallel int i = 0; i < items; i++) {
            float a = i;
            float b = 1f;
            float c = 2f;
            float d = 3f;
            float e = 4f;
            float f = 5f;
            float g = 6f;
            float h = 7f;
            for (int k = 0; k < steps; k++) {
                a = a * 0.5f + 0.25f;
                b = b * 0.5f + 0.25f;
                c = c * 0.5f + 0.25f;
                d = d * 0.5f + 0.25f;
                e = e * 0.5f + 0.25f;
                f = f * 0.5f + 0.25f;
                g = g * 0.5f + 0.25f;
                h = h * 0.5f + 0.25f;
            }
            results.set(i, a + b + c + d + e + f + g + h);
        }
    }

    /** Four chains of 64 multiply-adds without a loop, which compilers for CPUs spread over vectors; all converge to 0.5. */
    public static void multiplyAddStraight(FloatArray results, int items) {
        for (@Parallel int i = 0; i < items; i++) {
            float a = i;
            float b = a + 1f;
            float c = a + 2f;
            float d = a + 3f;
            results.set(i, sixtyFour(a) + sixtyFour(b) + sixtyFour(c) + sixtyFour(d));
        }
    }

    private static float sixtyFour(float x) {
        return eight(eight(eight(eight(eight(eight(eight(eight(x))))))));
    }

    private static float eight(float x) {
        float a = x * 0.5f + 0.25f;
        float b = a * 0.5f + 0.25f;
        float c = b * 0.5f + 0.25f;
        float d = c * 0.5f + 0.25f;
        float e = d * 0.5f + 0.25f;
        float f = e * 0.5f + 0.25f;
        float g = f * 0.5f + 0.25f;
        return g * 0.5f + 0.25f;
    }
}
