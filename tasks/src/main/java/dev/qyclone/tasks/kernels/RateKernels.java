package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat16;
import uk.ac.manchester.tornado.api.types.vectors.Float16;

/** Kernels that show how fast a device reads and multiplies when it does nothing else. */
public final class RateKernels {
    /** Operations of a step of {@link #multiplyAdd}; of {@link #multiplyAddLanes} sixteen times as many. */
    public static final int OPERATIONS = 2 * 8;
    /** What eight values of 0.5 come to. */
    public static final float CONVERGED = 8 * 0.5f;

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

    /** to = from; {@code items} of sixteen floats. */
    public static void copyLanes(FloatArray from, FloatArray to, int items) {
        for (@Parallel int i = 0; i < items; i++) {
            VectorFloat16 source = new VectorFloat16(from);
            VectorFloat16 target = new VectorFloat16(to);
            target.set(i, source.get(i));
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

    /**
     * As {@link #multiplyAdd}, in vectors of sixteen: CPUs' drivers make none of neighbouring items.
     *
     * @param results (items, 16)
     */
    public static void multiplyAddLanes(FloatArray results, int items, int steps) {
        for (@Parallel int i = 0; i < items; i++) {
            VectorFloat16 lanes = new VectorFloat16(results);
            Float16 half = Vectors.splat(0.5f);
            Float16 quarter = Vectors.splat(0.25f);
            Float16 a = Vectors.splat(i);
            Float16 b = Vectors.splat(1f);
            Float16 c = Vectors.splat(2f);
            Float16 d = Vectors.splat(3f);
            Float16 e = Vectors.splat(4f);
            Float16 f = Vectors.splat(5f);
            Float16 g = Vectors.splat(6f);
            Float16 h = Vectors.splat(7f);
            for (int k = 0; k < steps; k++) {
                a = Vectors.addProduct(quarter, a, half);
                b = Vectors.addProduct(quarter, b, half);
                c = Vectors.addProduct(quarter, c, half);
                d = Vectors.addProduct(quarter, d, half);
                e = Vectors.addProduct(quarter, e, half);
                f = Vectors.addProduct(quarter, f, half);
                g = Vectors.addProduct(quarter, g, half);
                h = Vectors.addProduct(quarter, h, half);
            }
            lanes.set(i, Float16.add(Float16.add(Float16.add(a, b), Float16.add(c, d)), Float16.add(Float16.add(e, f), Float16.add(g, h))));
        }
    }
}
