package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** What a mixture of experts does around its products, for one token (modeling_qwen2_moe.py). */
public final class MixtureKernels {
    private MixtureKernels() {
    }

    /**
     * Softmax over the scores of all experts, and the {@code used} largest of them; the lower index wins a tie. One item does it.
     *
     * @param scores (experts), used up
     * @param picked (used): for each chosen expert its place among the experts of all layers
     * @param shares (used): its probability, or with {@code normalized} 1 its part of the chosen ones' sum
     */
    public static void choose(
            IntArray cursor, IntArray layers, FloatArray scores, IntArray picked, FloatArray shares, int experts, int used,
            int normalized) {
        for (@Parallel int item = 0; item < 1; item++) {
            if (item == 0) {
                int slice = layers.get(cursor.get(Cursor.CURRENT) * Layers.INTS + Layers.SLICE);
                float largest = scores.get(0);
                for (int e = 1; e < experts; e++) {
                    largest = TornadoMath.max(largest, scores.get(e));
                }
                float sum = 0;
                for (int e = 0; e < experts; e++) {
                    sum += TornadoMath.exp(scores.get(e) - largest);
                }
                float chosen = 0;
                for (int i = 0; i < used; i++) {
                    int best = 0;
                    float top = scores.get(0);
                    for (int e = 1; e < experts; e++) {
                        float score = scores.get(e);
                        if (score > top) {
                            top = score;
                            best = e;
                        }
                    }
                    float share = TornadoMath.exp(top - largest);
                    chosen += share;
                    scores.set(best, -1e30f);
                    picked.set(i, slice * experts + best);
                    shares.set(i, share);
                }
                float whole = sum;
                if (normalized == 1) {
                    whole = chosen;
                }
                for (int i = 0; i < used; i++) {
                    shares.set(i, shares.get(i) / whole);
                }
            }
        }
    }

    /** Points a cursor over the experts of all layers to the {@code choice}-th chosen one. */
    public static void pick(IntArray picked, IntArray expert, int choice) {
        for (@Parallel int cell = 0; cell < Cursor.INTS; cell++) {
            if (cell < Cursor.INTS) {
                expert.set(cell, picked.get(choice));
            }
        }
    }

    /**
     * inner ·= the share of the {@code choice}-th chosen expert.
     *
     * @param items at least {@code width}
     */
    public static void weigh(FloatArray inner, FloatArray shares, int choice, int width, int items) {
        for (@Parallel int i = 0; i < items; i++) {
            if (i < width) {
                inner.set(i, inner.get(i) * shares.get(choice));
            }
        }
    }

    /**
     * inner ·= sigmoid of the shared expert's score.
     *
     * @param items at least {@code width}
     */
    public static void weighShared(FloatArray inner, FloatArray score, int width, int items) {
        for (@Parallel int i = 0; i < items; i++) {
            if (i < width) {
                inner.set(i, inner.get(i) / (1f + TornadoMath.exp(-score.get(0))));
            }
        }
    }
}
