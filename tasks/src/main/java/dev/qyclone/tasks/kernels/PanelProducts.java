package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat16;
import uk.ac.manchester.tornado.api.types.vectors.Float16;

/**
 * Products of many tokens with one matrix. The matrix comes as panels of floats, (rows / {@link #LANES}, cols, LANES): an item takes a
 * panel of {@link #LANES} rows, one row a lane, through {@link #TOKENS} tokens and reads each weight once for all of them.
 */
public final class PanelProducts {
    /** Rows of a panel. */
    public static final int LANES = 16;
    /** Tokens of an item; rows of activations come in multiples of it. */
    public static final int TOKENS = 8;
    /** Mode of a product: nothing is added. */
    public static final int SET = 0;
    /** Mode of a product: it is added to what is there. */
    public static final int ADD = 1;
    /** Mode of a product: the rows' bias is added. */
    public static final int BIAS = 2;

    private PanelProducts() {
    }

    /** Panels of so many rows. */
    public static int panels(int rows) {
        return (rows + LANES - 1) / LANES;
    }

    /** Room for at least so many tokens, as a product takes it. */
    public static int tokens(int atLeast) {
        return (atLeast + TOKENS - 1) / TOKENS * TOKENS;
    }

    /**
     * Items for a product of {@code rows} rows with up to {@code tokens} tokens.
     *
     * @throws IllegalArgumentException for a number of tokens that is not one of {@link #tokens}: the last would be left out
     */
    public static int items(int rows, int tokens) {
        if (tokens % TOKENS != 0) {
            throw new IllegalArgumentException("tokens " + tokens + " is no multiple of " + TOKENS);
        }
        return panels(rows) * (tokens / TOKENS);
    }

    /**
     * out = x · panelsᵀ, and what {@code mode} adds to it.
     *
     * @param cell of the cursor that tells the layer
     * @param x (tokens, cols)
     * @param panels (slices, panels, cols, LANES), or those of one layer only where {@code sliced} is 0
     * @param bias (slices, rows), read with {@link #BIAS}
     * @param out (tokens, rows)
     * @param items as {@link #items} says
     * @param rows a multiple of LANES
     */
    public static void product(
            IntArray call, IntArray cursor, int cell, IntArray layers, FloatArray x, FloatArray panels, int sliced, FloatArray bias,
            FloatArray out, int mode, int items, int tokens, int rows, int cols) {
        for (@Parallel int item = 0; item < items; item++) {
            VectorFloat16 lanes = new VectorFloat16(panels);
            VectorFloat16 outLanes = new VectorFloat16(out);
            VectorFloat16 biasLanes = new VectorFloat16(bias);
            int slice = layers.get(cursor.get(cell) * Layers.INTS + Layers.SLICE);
            int panel = item / (tokens / TOKENS);
            int token = item % (tokens / TOKENS) * TOKENS;
            if (token < call.get(Call.TOKENS)) {
                int at = (slice * sliced * panels(rows) + panel) * cols;
                int from = token * cols;
                Float16 s0 = Vectors.splat(0f);
                Float16 s1 = Vectors.splat(0f);
                Float16 s2 = Vectors.splat(0f);
                Float16 s3 = Vectors.splat(0f);
                Float16 s4 = Vectors.splat(0f);
                Float16 s5 = Vectors.splat(0f);
                Float16 s6 = Vectors.splat(0f);
                Float16 s7 = Vectors.splat(0f);
                for (int i = 0; i < cols; i++) {
                    Float16 w = lanes.get(at + i);
                    s0 = Vectors.addProduct(s0, w, Vectors.splat(x.get(from + i)));
                    s1 = Vectors.addProduct(s1, w, Vectors.splat(x.get(from + i + cols)));
                    s2 = Vectors.addProduct(s2, w, Vectors.splat(x.get(from + i + 2 * cols)));
                    s3 = Vectors.addProduct(s3, w, Vectors.splat(x.get(from + i + 3 * cols)));
                    s4 = Vectors.addProduct(s4, w, Vectors.splat(x.get(from + i + 4 * cols)));
                    s5 = Vectors.addProduct(s5, w, Vectors.splat(x.get(from + i + 5 * cols)));
                    s6 = Vectors.addProduct(s6, w, Vectors.splat(x.get(from + i + 6 * cols)));
                    s7 = Vectors.addProduct(s7, w, Vectors.splat(x.get(from + i + 7 * cols)));
                }
                int first = panel * LANES;
                int to = token * rows + first;
                int biasAt = slice * rows + first;
                keep(s0, biasLanes, outLanes, biasAt, to, mode);
                keep(s1, biasLanes, outLanes, biasAt, to + rows, mode);
                keep(s2, biasLanes, outLanes, biasAt, to + 2 * rows, mode);
                keep(s3, biasLanes, outLanes, biasAt, to + 3 * rows, mode);
                keep(s4, biasLanes, outLanes, biasAt, to + 4 * rows, mode);
                keep(s5, biasLanes, outLanes, biasAt, to + 5 * rows, mode);
                keep(s6, biasLanes, outLanes, biasAt, to + 6 * rows, mode);
                keep(s7, biasLanes, outLanes, biasAt, to + 7 * rows, mode);
            }
        }
    }

    private static void keep(Float16 sums, VectorFloat16 bias, VectorFloat16 out, int from, int to, int mode) {
        if (mode == BIAS) {
            out.set(to / LANES, Float16.add(sums, bias.get(from / LANES)));
        } else if (mode == ADD) {
            out.set(to / LANES, Float16.add(sums, out.get(to / LANES)));
        } else {
            out.set(to / LANES, sums);
        }
    }
}
