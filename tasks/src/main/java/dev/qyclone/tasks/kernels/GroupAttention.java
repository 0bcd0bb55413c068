package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Attention for devices with many items (GPUs): a work-group takes {@link #ROWS} neighbouring queries of one key head (the heads of its
 * group for one token, then for the next) through the keys they see, {@link #KEYS} at a time in local memory, by online softmax. For a
 * single token there is {@link GroupDecode}.
 *
 * <p>All of it is one method, because local arrays that are handed to another are compiled with wrong indices.
 */
public final class GroupAttention {
    /** Queries of a work-group. */
    public static final int ROWS = 8;
    /** Keys in local memory at a time. */
    public static final int KEYS = 32;
    /** Widest head that local memory is laid out for. */
    public static final int MAX_HEAD_DIM = 128;
    /** Bytes of local memory. */
    public static final int LOCAL_BYTES = 4 * (KEYS * MAX_HEAD_DIM + ROWS * (KEYS + MAX_HEAD_DIM + 3));

    private static final int LANES = CacheRows.LANES;

    private GroupAttention() {
    }

    /**
     * @param turned (turns, rows, heads · headDim)
     * @param keys as {@link CacheRows} says; those of the call's own positions are in
     * @param values as {@link CacheRows} says
     * @param out (rows, heads · headDim)
     * @param rows that a call may have at most; those behind its tokens are left alone
     */
    public static void attention(
            KernelContext context, IntArray call, IntArray cursor, IntArray layers, FloatArray turned, FloatArray keys, FloatArray values,
            FloatArray out, int rows, int heads, int kvHeads, int headDim, float scale) {
        float[] tile = context.allocateFloatLocalArray(KEYS * MAX_HEAD_DIM);
        float[] weights = context.allocateFloatLocalArray(ROWS * KEYS);
        float[] sums = context.allocateFloatLocalArray(ROWS * MAX_HEAD_DIM);
        float[] largest = context.allocateFloatLocalArray(ROWS);
        float[] total = context.allocateFloatLocalArray(ROWS);
        float[] shrink = context.allocateFloatLocalArray(ROWS);
        int item = context.localIdx;
        int size = context.localGroupSizeX;
        int layer = cursor.get(Cursor.CURRENT) * Layers.INTS;
        int capacity = layers.get(layer + Layers.CAPACITY);
        int window = layers.get(layer + Layers.WINDOW);
        int first = CacheRows.first(call, layers, layer);
        int chunk = call.get(Call.CHUNK);
        int position = call.get(Call.POSITION);
        int group = heads / kvHeads;
        int blocks = GroupSplits.blocks(rows, group);
        int kvHead = context.groupIdx / blocks;
        int query = context.groupIdx % blocks * ROWS;
        int last = call.get(Call.TOKENS) * group - 1;
        if (query <= last) {
            int lowest = CacheRows.firstVisible(position + query / group, window) / KEYS;
            int highest = position + TornadoMath.min(query + ROWS - 1, last) / group;
            for (int i = item; i < ROWS * headDim; i += size) {
                sums[i] = 0f;
            }
            for (int r = item; r < ROWS; r += size) {
                largest[r] = -1e30f;
                total[r] = 0f;
            }
            context.localBarrier();
            for (int t = lowest; t <= highest / KEYS; t++) {
                int key = t * KEYS;
                // keys into the tile as they lie, (KEYS / LANES, headDim, LANES)
                for (int i = item; i < KEYS * headDim; i += size) {
                    int block = i / (LANES * headDim);
                    int row = first + (key + block * LANES) % capacity;
                    int at = CacheRows.key(row, kvHead, 0, kvHeads, headDim) + i - block * LANES * headDim;
                    tile[i] = keys.get(at);
                }
                context.localBarrier();
                // scores, -1e30 where a query does not see a key
                for (int i = item; i < ROWS * KEYS; i += size) {
                    int j = i % KEYS;
                    int q = TornadoMath.min(query + i / KEYS, last);
                    int own = position + q / group;
                    float score = -1e30f;
                    if (key + j <= own && key + j >= CacheRows.firstVisible(own, window)) {
                        int turn = CacheRows.turn(own, key + j, chunk);
                        int from = (turn * rows * heads + CacheRows.outRow(q, group, kvHead, heads)) * headDim;
                        int at = j / LANES * headDim * LANES + j % LANES;
                        float sum = 0;
                        for (int d = 0; d < headDim; d++) {
                            sum += turned.get(from + d) * tile[at + d * LANES];
                        }
                        score = sum * scale;
                    }
                    weights[i] = score;
                }
                context.localBarrier();
                // the largest scores so far; values into the tile, (KEYS, headDim): those behind the last query were never written
                for (int r = item; r < ROWS; r += size) {
                    float before = largest[r];
                    float larger = before;
                    for (int j = 0; j < KEYS; j++) {
                        larger = TornadoMath.max(larger, weights[r * KEYS + j]);
                    }
                    largest[r] = larger;
                    shrink[r] = TornadoMath.exp(before - larger);
                }
                for (int i = item; i < KEYS * headDim; i += size) {
                    int j = i / headDim;
                    float value = 0;
                    if (key + j <= highest) {
                        int row = first + (key + j) % capacity;
                        int at = CacheRows.value(row, kvHead, i - j * headDim, kvHeads, headDim);
                        value = values.get(at);
                    }
                    tile[i] = value;
                }
                context.localBarrier();
                for (int i = item; i < ROWS * KEYS; i += size) {
                    float weight = TornadoMath.exp(weights[i] - largest[i / KEYS]);
                    if (weights[i] < -1e29f) { // neither > nor <=, which is compiled as its contrary: what is NaN must stay NaN
                        weight = 0;
                    }
                    weights[i] = weight;
                }
                context.localBarrier();
                for (int i = item; i < ROWS * headDim; i += size) {
                    int r = i / headDim;
                    int at = i - r * headDim;
                    float sum = sums[i] * shrink[r];
                    for (int j = 0; j < KEYS; j++) {
                        sum += weights[r * KEYS + j] * tile[j * headDim + at];
                    }
                    sums[i] = sum;
                }
                for (int r = item; r < ROWS; r += size) {
                    float sum = total[r] * shrink[r];
                    for (int j = 0; j < KEYS; j++) {
                        sum += weights[r * KEYS + j];
                    }
                    total[r] = sum;
                }
                context.localBarrier();
            }
            for (int i = item; i < ROWS * headDim; i += size) {
                int r = i / headDim;
                int d = i - r * headDim;
                if (query + r <= last) {
                    int row = CacheRows.outRow(query + r, group, kvHead, heads);
                    out.set(row * headDim + d, sums[i] / total[r]);
                }
            }
        }
        if (context.globalIdx == 0) {
            cursor.set(Cursor.NEXT, cursor.get(Cursor.CURRENT) + 1);
        }
    }
}
