package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** What a mixture of experts does around its products (modeling_qwen2_moe.py). A <em>choice</em> is one of a token's experts. */
public final class MixtureKernels {
    /** Integers of an expert in ranges: its place among the experts of all layers, then its first entry in the order and the one behind. */
    public static final int RANGE = 3;
    /** Integers of an entry in the order: {@link #TOKEN} and {@link #CHOICE}. */
    public static final int ORDER = 2;
    /** Cell of an entry: which token. */
    public static final int TOKEN = 0;
    /** Cell of an entry: which of all tokens' choices, token · used + i. */
    public static final int CHOICE = 1;

    private MixtureKernels() {
    }

    /**
     * Softmax over the scores of all experts, and the {@code used} largest of them; the lower index wins a tie. One item a token.
     *
     * @param scores (tokens, experts), used up
     * @param picked (tokens, used): for each chosen expert its place among the experts of all layers
     * @param shares (tokens, used): its probability, or with {@code normalized} 1 its part of the chosen ones' sum
     */
    public static void choose(
            IntArray call, IntArray cursor, IntArray layers, FloatArray scores, IntArray picked, FloatArray shares, int tokens,
            int experts, int used, int normalized) {
        for (@Parallel int t = 0; t < tokens; t++) {
            int slice = layers.get(cursor.get(Cursor.CURRENT) * Layers.INTS + Layers.SLICE);
            if (t < call.get(Call.TOKENS)) {
                int from = t * experts;
                float largest = scores.get(from);
                for (int e = 1; e < experts; e++) {
                    largest = TornadoMath.max(largest, scores.get(from + e));
                }
                float sum = 0;
                for (int e = 0; e < experts; e++) {
                    sum += TornadoMath.exp(scores.get(from + e) - largest);
                }
                float chosen = 0;
                for (int i = 0; i < used; i++) {
                    int best = 0;
                    float top = scores.get(from);
                    for (int e = 1; e < experts; e++) {
                        float score = scores.get(from + e);
                        if (score > top) {
                            top = score;
                            best = e;
                        }
                    }
                    float share = TornadoMath.exp(top - largest) / sum; // by all of them: one that is NaN is never chosen
                    chosen += share;
                    scores.set(from + best, -1e30f);
                    picked.set(t * used + i, slice * experts + best);
                    shares.set(t * used + i, share);
                }
                float whole = 1f;
                if (normalized == 1) {
                    whole = chosen;
                }
                for (int i = 0; i < used; i++) {
                    shares.set(t * used + i, shares.get(t * used + i) / whole);
                }
            }
        }
    }

    /**
     * Sorts the choices of a batch by expert, those of one expert by token. One item an expert: it counts what comes before its own.
     *
     * @param picked as {@link #choose} makes it
     * @param ranges (experts, RANGE)
     * @param order (choices, ORDER)
     */
    public static void sort(
            IntArray call, IntArray cursor, IntArray layers, IntArray picked, IntArray ranges, IntArray order, int experts, int used) {
        for (@Parallel int e = 0; e < experts; e++) {
            int place = layers.get(cursor.get(Cursor.CURRENT) * Layers.INTS + Layers.SLICE) * experts + e;
            int tokens = call.get(Call.TOKENS);
            int first = 0;
            for (int choice = 0; choice < tokens * used; choice++) {
                if (picked.get(choice) < place) {
                    first++;
                }
            }
            int last = first;
            for (int t = 0; t < tokens; t++) {
                for (int i = 0; i < used; i++) {
                    if (picked.get(t * used + i) == place) {
                        order.set(last * ORDER + TOKEN, t);
                        order.set(last * ORDER + CHOICE, t * used + i);
                        last++;
                    }
                }
            }
            ranges.set(e * RANGE, place);
            ranges.set(e * RANGE + 1, first);
            ranges.set(e * RANGE + 2, last);
        }
    }

    /**
     * gated = silu(gate) · up for each choice.
     *
     * @param sums (choices, padded): eight gates and then their eight ups in every sixteen; or all gates, and ups from column
     *     {@code ups} on where that is not 0
     * @param gated (choices, width)
     * @param items choices · width
     */
    public static void gateChoices(
            IntArray call, FloatArray sums, FloatArray gated, int items, int used, int width, int padded, int ups) {
        for (@Parallel int item = 0; item < items; item++) {
            int choice = item / width;
            int i = item - choice * width;
            if (choice < call.get(Call.TOKENS) * used) {
                int at = choice * padded + i;
                int up = at + ups;
                if (ups == 0) {
                    at = choice * padded + ((i >> 3) << 4) + (i & 7);
                    up = at + 8;
                }
                float g = sums.get(at);
                gated.set(item, g / (1f + TornadoMath.exp(-g)) * sums.get(up));
            }
        }
    }

    /**
     * x += Σ share · chosen over a token's choices in their order, then the shared expert's result times the sigmoid of its score.
     *
     * @param shares (tokens, used)
     * @param chosen (choices, padded)
     * @param score (tokens)
     * @param shared (tokens, dim)
     * @param x (tokens, dim)
     * @param items tokens · dim
     */
    public static void addChoices(
            IntArray call, FloatArray shares, FloatArray chosen, FloatArray score, FloatArray shared, FloatArray x, int items, int used,
            int dim, int padded) {
        for (@Parallel int item = 0; item < items; item++) {
            int t = item / dim;
            int i = item - t * dim;
            if (t < call.get(Call.TOKENS)) {
                float sum = 0;
                for (int choice = t * used; choice < t * used + used; choice++) {
                    sum += shares.get(choice) * chosen.get(choice * padded + i);
                }
                sum += shared.get(item) / (1f + TornadoMath.exp(-score.get(t)));
                x.set(item, x.get(item) + sum);
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
