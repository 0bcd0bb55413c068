package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** The steps around the products for many tokens: norms, the activation, and sums whose rows fill no panel. */
public final class BatchKernels {
    private BatchKernels() {
    }

    /**
     * out = x / sqrt(mean(x²) + eps) · norm, row by row; one item a row.
     *
     * @param cell of the cursor that tells the layer
     * @param norm (slices, cols)
     */
    public static void normRows(
            IntArray call, IntArray cursor, int cell, IntArray layers, FloatArray x, FloatArray norm, FloatArray out, int tokens, int cols,
            float eps) {
        for (@Parallel int t = 0; t < tokens; t++) {
            int slice = layers.get(cursor.get(cell) * Layers.INTS + Layers.SLICE);
            if (t < call.get(Call.TOKENS)) {
                float squares = 0;
                for (int i = 0; i < cols; i++) {
                    squares += x.get(t * cols + i) * x.get(t * cols + i);
                }
                float scale = 1f / TornadoMath.sqrt(squares / cols + eps);
                for (int i = 0; i < cols; i++) {
                    out.set(t * cols + i, x.get(t * cols + i) * scale * norm.get(slice * cols + i));
                }
            }
        }
    }

    /**
     * gated = silu(gate) · up. {@code sums} (tokens, padded) has eight gates and then their eight ups in every sixteen.
     *
     * @param gated (tokens, width)
     * @param items tokens · width
     */
    public static void swiGlu(IntArray call, FloatArray sums, FloatArray gated, int items, int width, int padded) {
        for (@Parallel int item = 0; item < items; item++) {
            int t = item / width;
            int i = item - t * width;
            if (t < call.get(Call.TOKENS)) {
                int at = t * padded + ((i >> 3) << 4) + (i & 7);
                float g = sums.get(at);
                gated.set(item, g / (1f + TornadoMath.exp(-g)) * sums.get(at + 8));
            }
        }
    }

    /**
     * What {@link PanelProducts} does at its end, where rows are no multiple of its lanes: sums (tokens, padded) go to out (tokens, rows).
     *
     * @param bias (slices, rows), read with {@link PanelProducts#BIAS}
     * @param items tokens · rows
     */
    public static void keepSums(
            IntArray call, IntArray cursor, int cell, IntArray layers, FloatArray sums, FloatArray bias, FloatArray out, int mode,
            int items, int rows, int padded) {
        for (@Parallel int item = 0; item < items; item++) {
            int slice = layers.get(cursor.get(cell) * Layers.INTS + Layers.SLICE);
            int t = item / rows;
            int row = item - t * rows;
            if (t < call.get(Call.TOKENS)) {
                float sum = sums.get(t * padded + row);
                if (mode == PanelProducts.BIAS) {
                    sum += bias.get(slice * rows + row);
                } else if (mode == PanelProducts.ADD) {
                    sum += out.get(item);
                }
                out.set(item, sum);
            }
        }
    }
}
