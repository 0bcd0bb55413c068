package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The plain form of a layer's steps for one token. All layers of a stage share each kernel: a kernel reads from {@code layers} and
 * {@code cursor} which layer's slice of the stacked arrays is its own.
 */
public final class StepKernels {
    private StepKernels() {
    }

    /** Spreads what the host sent for this call, one array, over the arrays that the steps read; {@code count} covers all of them. */
    public static void enter(
            FloatArray sent, IntArray call, IntArray cursor, FloatArray angles, FloatArray x, int angleCount, int rowFloats, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            if (i < Call.INTS) {
                call.set(i, (int) sent.get(i));
            }
            if (i < 2) {
                cursor.set(i, 0);
            }
            if (i < angleCount) {
                angles.set(i, sent.get(Call.INTS + i));
            }
            if (i < rowFloats) {
                x.set(i, sent.get(Call.INTS + angleCount + i));
            }
        }
    }

    /** out = weights · rmsNorm(x) + bias; (rows, cols) of the layer. The norm's factor comes out of the same pass. */
    public static void normProduct(
            IntArray cursor, IntArray layers, FloatArray x, FloatArray norm, FloatArray weights, FloatArray bias, FloatArray out,
            int rows, int cols, float eps) {
        for (@Parallel int r = 0; r < rows; r++) {
            int layer = layers.get(cursor.get(Cursor.NEXT) * Layers.INTS + Layers.SLICE);
            int at = (layer * rows + r) * cols;
            int n = layer * cols;
            float sum = 0;
            float squares = 0;
            for (int i = 0; i < cols; i++) {
                float v = x.get(i);
                squares += v * v;
                sum += weights.get(at + i) * (v * norm.get(n + i));
            }
            out.set(r, sum / TornadoMath.sqrt(squares / cols + eps) + bias.get(layer * rows + r));
        }
    }

    /** x += weights · in; (rows, cols) of the layer. */
    public static void productAdd(IntArray cursor, IntArray layers, FloatArray in, FloatArray weights, FloatArray x, int rows, int cols) {
        for (@Parallel int r = 0; r < rows; r++) {
            int layer = layers.get(cursor.get(Cursor.CURRENT) * Layers.INTS + Layers.SLICE);
            int at = (layer * rows + r) * cols;
            float sum = 0;
            for (int i = 0; i < cols; i++) {
                sum += weights.get(at + i) * in.get(i);
            }
            x.set(r, x.get(r) + sum);
        }
    }

    /** out = silu(gate · rmsNorm(x)) · (up · rmsNorm(x)); gate and up (rows, cols) of the layer. */
    public static void normGateUp(
            IntArray cursor, IntArray layers, FloatArray x, FloatArray norm, FloatArray gate, FloatArray up, FloatArray out,
            int rows, int cols, float eps) {
        for (@Parallel int r = 0; r < rows; r++) {
            int layer = layers.get(cursor.get(Cursor.CURRENT) * Layers.INTS + Layers.SLICE);
            int at = (layer * rows + r) * cols;
            int n = layer * cols;
            float g = 0;
            float u = 0;
            float squares = 0;
            for (int i = 0; i < cols; i++) {
                float v = x.get(i);
                float w = v * norm.get(n + i);
                squares += v * v;
                g += gate.get(at + i) * w;
                u += up.get(at + i) * w;
            }
            float scale = 1f / TornadoMath.sqrt(squares / cols + eps);
            g = g * scale;
            out.set(r, g / (1f + TornadoMath.exp(-g)) * (u * scale));
        }
    }

    /** Logits: out = weights · rmsNorm(x). */
    public static void logits(FloatArray x, FloatArray norm, FloatArray weights, FloatArray out, int rows, int cols, float eps) {
        for (@Parallel int r = 0; r < rows; r++) {
            int at = r * cols;
            float sum = 0;
            float squares = 0;
            for (int i = 0; i < cols; i++) {
                float v = x.get(i);
                squares += v * v;
                sum += weights.get(at + i) * (v * norm.get(i));
            }
            out.set(r, sum / TornadoMath.sqrt(squares / cols + eps));
        }
    }
}
