package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/**
 * Attention in its plain form, for any device: one item for each query head of each row, which walks its keys by online softmax
 * (out[t, h] = Σ_j softmax_j(q · key[j] · scale) value[j] over the positions that the query sees).
 */
public final class PlainAttention {
    private PlainAttention() {
    }

    /**
     * @param turned (turns, rows, heads · headDim)
     * @param keys as {@link CacheRows} says; those of the call's own positions are in
     * @param values as {@link CacheRows} says
     * @param out (rows, heads · headDim)
     * @param rows that a call may have at most; those behind its tokens are left alone
     */
    public static void attention(
            IntArray call, IntArray cursor, IntArray layers, FloatArray turned, FloatArray keys, FloatArray values, FloatArray out,
            int rows, int heads, int kvHeads, int headDim, float scale) {
        for (@Parallel int item = 0; item < rows * heads; item++) {
            int layer = cursor.get(Cursor.CURRENT) * Layers.INTS;
            int capacity = layers.get(layer + Layers.CAPACITY);
            int first = CacheRows.first(call, layers, layer);
            int chunk = call.get(Call.CHUNK);
            int t = item / heads;
            int kvHead = item % heads / (heads / kvHeads);
            int position = call.get(Call.POSITION) + t;
            int start = CacheRows.firstVisible(position, layers.get(layer + Layers.WINDOW));
            int at = item * headDim;
            float largest = -1e30f;
            float weights = 0;
            if (t < call.get(Call.TOKENS)) {
                for (int d = 0; d < headDim; d++) {
                    out.set(at + d, 0f);
                }
                for (int j = start; j <= position; j++) {
                    int q = CacheRows.turn(position, j, chunk) * rows * heads * headDim + at;
                    int row = first + j % capacity;
                    int key = CacheRows.key(row, kvHead, 0, kvHeads, headDim);
                    float score = 0;
                    for (int d = 0; d < headDim; d++) {
                        score += turned.get(q + d) * keys.get(key + d * CacheRows.LANES);
                    }
                    score = score * scale;
                    float larger = TornadoMath.max(largest, score);
                    float shrink = TornadoMath.exp(largest - larger);
                    float weight = TornadoMath.exp(score - larger);
                    weights = weights * shrink + weight;
                    int value = CacheRows.value(row, kvHead, 0, kvHeads, headDim);
                    for (int d = 0; d < headDim; d++) {
                        out.set(at + d, out.get(at + d) * shrink + weight * values.get(value + d));
                    }
                    largest = larger;
                }
                for (int d = 0; d < headDim; d++) {
                    out.set(at + d, out.get(at + d) / weights);
                }
            }
            if (item == 0) {
                cursor.set(Cursor.NEXT, cursor.get(Cursor.CURRENT) + 1);
            }
        }
    }

    /** The same over keys and values that are kept as halves. */
    public static void attentionHalves(
            IntArray call, IntArray cursor, IntArray layers, FloatArray turned, ShortArray keys, ShortArray values, FloatArray out,
            int rows, int heads, int kvHeads, int headDim, float scale) {
        for (@Parallel int item = 0; item < rows * heads; item++) {
            int layer = cursor.get(Cursor.CURRENT) * Layers.INTS;
            int capacity = layers.get(layer + Layers.CAPACITY);
            int first = CacheRows.first(call, layers, layer);
            int chunk = call.get(Call.CHUNK);
            int t = item / heads;
            int kvHead = item % heads / (heads / kvHeads);
            int position = call.get(Call.POSITION) + t;
            int start = CacheRows.firstVisible(position, layers.get(layer + Layers.WINDOW));
            int at = item * headDim;
            float largest = -1e30f;
            float weights = 0;
            if (t < call.get(Call.TOKENS)) {
                for (int d = 0; d < headDim; d++) {
                    out.set(at + d, 0f);
                }
                for (int j = start; j <= position; j++) {
                    int q = CacheRows.turn(position, j, chunk) * rows * heads * headDim + at;
                    int row = first + j % capacity;
                    int key = CacheRows.key(row, kvHead, 0, kvHeads, headDim);
                    float score = 0;
                    for (int d = 0; d < headDim; d++) {
                        score += turned.get(q + d) * HalfBits.value(keys.get(key + d * CacheRows.LANES));
                    }
                    score = score * scale;
                    float larger = TornadoMath.max(largest, score);
                    float shrink = TornadoMath.exp(largest - larger);
                    float weight = TornadoMath.exp(score - larger);
                    weights = weights * shrink + weight;
                    int value = CacheRows.value(row, kvHead, 0, kvHeads, headDim);
                    for (int d = 0; d < headDim; d++) {
                        out.set(at + d, out.get(at + d) * shrink + weight * HalfBits.value(values.get(value + d)));
                    }
                    largest = larger;
                }
                for (int d = 0; d < headDim; d++) {
                    out.set(at + d, out.get(at + d) / weights);
                }
            }
            if (item == 0) {
                cursor.set(Cursor.NEXT, cursor.get(Cursor.CURRENT) + 1);
            }
        }
    }
}
