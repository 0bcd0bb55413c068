package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat16;

/**
 * Attention for devices with wide vectors and few items (CPUs): an item takes {@link #ROWS} neighbouring queries of one key head (the
 * heads of its group for one token, then for the next) through the keys they see, a tile of {@link CacheRows#LANES} positions at a time,
 * by online softmax. Scores have their keys, sums their elements in the lanes of a vector.
 */
public final class LaneAttention {
    /** Queries of an item. */
    public static final int ROWS = 4;

    static final int TILE = ROWS * CacheRows.LANES;

    private static final int LANES = CacheRows.LANES;

    private LaneAttention() {
    }

    /** Items for calls of up to {@code rows} tokens. */
    public static int items(int rows, int heads, int kvHeads) {
        return kvHeads * blocks(rows, heads / kvHeads);
    }

    private static int blocks(int rows, int group) {
        return (rows * group + ROWS - 1) / ROWS;
    }

    /** Floats of working memory for each item: weights and scores of a tile, sums, statistics, and a tile of expanded halves. */
    public static int scratch(int headDim) {
        return 2 * TILE + (ROWS + LANES) * CacheRows.valueWidth(headDim) + LANES;
    }

    /**
     * @param turned (turns, rows, heads · headDim)
     * @param keys as {@link CacheRows} says; those of the call's own positions are in
     * @param values as {@link CacheRows} says
     * @param work (items, {@link #scratch})
     * @param out (rows, heads · headDim)
     * @param items as {@link #items} says
     * @param rows that a call may have at most; those behind its tokens are left alone
     */
    public static void attention(
            IntArray call, IntArray cursor, IntArray layers, FloatArray turned, FloatArray keys, FloatArray values, FloatArray work,
            FloatArray out, int items, int rows, int heads, int kvHeads, int headDim, float scale) {
        for (@Parallel int item = 0; item < items; item++) {
            VectorFloat16 keyLanes = new VectorFloat16(keys);
            VectorFloat16 valueLanes = new VectorFloat16(values);
            VectorFloat16 workLanes = new VectorFloat16(work);
            int layer = cursor.get(Cursor.CURRENT) * Layers.INTS;
            int capacity = layers.get(layer + Layers.CAPACITY);
            int window = layers.get(layer + Layers.WINDOW);
            int first = CacheRows.first(call, layers, layer);
            int chunk = call.get(Call.CHUNK);
            int position = call.get(Call.POSITION);
            int group = heads / kvHeads;
            int kvHead = item / blocks(rows, group);
            int query = item % blocks(rows, group) * ROWS;
            int last = call.get(Call.TOKENS) * group - 1;
            int width = CacheRows.valueWidth(headDim);
            int tileAt = item * scratch(headDim);
            int sumsAt = tileAt + 2 * TILE;
            int statsAt = sumsAt + ROWS * width;
            if (query <= last) {
                LaneTiles.clear(work, workLanes, sumsAt, statsAt, width);
                int lowest = position + query / group;
                int highest = position + TornadoMath.min(query + ROWS - 1, last) / group;
                for (int tile = CacheRows.firstVisible(lowest, window) / LANES; tile <= highest / LANES; tile++) {
                    int key = tile * LANES;
                    int row = first + key % capacity;
                    int seen = TornadoMath.min(LANES, highest - key + 1);
                    LaneTiles.score(keyLanes,
                            CacheRows.key(row, kvHead, 0, kvHeads, headDim) / LANES, turned, 0, work, workLanes,
                            tileAt, query, last, group, kvHead, heads, headDim, rows * heads * headDim, position, key, chunk);
                    LaneTiles.weigh(work, tileAt, statsAt, query, last, group, position, key, window, scale);
                    LaneTiles.addValues(valueLanes,
                            CacheRows.value(row, kvHead, 0, kvHeads, headDim) / LANES, kvHeads * width / LANES, work, workLanes,
                            tileAt, sumsAt, statsAt, seen, width / LANES);
                }
                LaneTiles.finish(work, out, sumsAt, statsAt, query, last, group, kvHead, heads, headDim, width);
            }
            if (item == 0) {
                cursor.set(Cursor.NEXT, cursor.get(Cursor.CURRENT) + 1);
            }
        }
    }

    /** The same over keys and values that are kept as halves: a tile of them is expanded before it is used. */
    public static void attentionHalves(
            IntArray call, IntArray cursor, IntArray layers, FloatArray turned, ShortArray keys, ShortArray values, FloatArray work,
            FloatArray out, int items, int rows, int heads, int kvHeads, int headDim, float scale) {
        for (@Parallel int item = 0; item < items; item++) {
            VectorFloat16 workLanes = new VectorFloat16(work);
            int layer = cursor.get(Cursor.CURRENT) * Layers.INTS;
            int capacity = layers.get(layer + Layers.CAPACITY);
            int window = layers.get(layer + Layers.WINDOW);
            int first = CacheRows.first(call, layers, layer);
            int chunk = call.get(Call.CHUNK);
            int position = call.get(Call.POSITION);
            int group = heads / kvHeads;
            int kvHead = item / blocks(rows, group);
            int query = item % blocks(rows, group) * ROWS;
            int last = call.get(Call.TOKENS) * group - 1;
            int width = CacheRows.valueWidth(headDim);
            int tileAt = item * scratch(headDim);
            int sumsAt = tileAt + 2 * TILE;
            int tilesAt = sumsAt + ROWS * width + LANES;
            int statsAt = sumsAt + ROWS * width;
            if (query <= last) {
                LaneTiles.clear(work, workLanes, sumsAt, statsAt, width);
                int lowest = position + query / group;
                int highest = position + TornadoMath.min(query + ROWS - 1, last) / group;
                for (int tile = CacheRows.firstVisible(lowest, window) / LANES; tile <= highest / LANES; tile++) {
                    int key = tile * LANES;
                    int row = first + key % capacity;
                    int seen = TornadoMath.min(LANES, highest - key + 1);
                    LaneTiles.expandKeys(keys, work, tilesAt, CacheRows.key(row, kvHead, 0, kvHeads, headDim), headDim);
                    LaneTiles.score(workLanes, tilesAt / LANES, turned, 0, work, workLanes,
                            tileAt, query, last, group, kvHead, heads, headDim, rows * heads * headDim, position, key, chunk);
                    LaneTiles.weigh(work, tileAt, statsAt, query, last, group, position, key, window, scale);
                    LaneTiles.expandValues(values, work, tilesAt, CacheRows.value(row, kvHead, 0, kvHeads, headDim), kvHeads * width, seen,
                            headDim);
                    LaneTiles.addValues(workLanes, tilesAt / LANES, width / LANES, work, workLanes,
                            tileAt, sumsAt, statsAt, seen, width / LANES);
                }
                LaneTiles.finish(work, out, sumsAt, statsAt, query, last, group, kvHead, heads, headDim, width);
            }
            if (item == 0) {
                cursor.set(Cursor.NEXT, cursor.get(Cursor.CURRENT) + 1);
            }
        }
    }
}
