package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat16;
import uk.ac.manchester.tornado.api.types.vectors.Float16;

/**
 * Attention for devices with wide vectors and few items (CPUs): an item takes {@link #ROWS} neighbouring queries of one key head (the
 * heads of its group for one token, then for the next) through the keys they see, a tile of {@link CacheRows#LANES} positions at a time,
 * by online softmax. Scores have their keys, sums their elements in the lanes of a vector.
 */
public final class LaneAttention {
    /** Queries of an item. */
    public static final int ROWS = 4;

    private static final int LANES = CacheRows.LANES;
    private static final int TILE = ROWS * LANES;

    private LaneAttention() {
    }

    /** Items for calls of up to {@code rows} tokens. */
    public static int items(int rows, int heads, int kvHeads) {
        return kvHeads * blocks(rows, heads / kvHeads);
    }

    private static int blocks(int rows, int group) {
        return (rows * group + ROWS - 1) / ROWS;
    }

    /** Floats of working memory for each item: weights and scores of a tile, sums, largest scores and sums of weights. */
    public static int scratch(int headDim) {
        return 2 * TILE + ROWS * CacheRows.valueWidth(headDim) + LANES;
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
            int turnFloats = rows * heads * headDim;
            if (query <= last) {
                for (int i = 0; i < ROWS * width / LANES; i++) {
                    workLanes.set(sumsAt / LANES + i, Vectors.splat(0f));
                }
                for (int i = 0; i < ROWS; i++) {
                    work.set(statsAt + i, -1e30f);
                    work.set(statsAt + ROWS + i, 0f);
                }
                int lowest = position + query / group;
                int highest = position + TornadoMath.min(query + ROWS - 1, last) / group;
                int q0 = queryAt(query, last, group, kvHead, heads, headDim);
                int q1 = queryAt(query + 1, last, group, kvHead, heads, headDim);
                int q2 = queryAt(query + 2, last, group, kvHead, heads, headDim);
                int q3 = queryAt(query + 3, last, group, kvHead, heads, headDim);
                for (int tile = CacheRows.firstVisible(lowest, window) / LANES; tile <= highest / LANES; tile++) {
                    int key = tile * LANES;
                    int row = first + key % capacity;
                    int keyLane = CacheRows.key(row, kvHead, 0, kvHeads, headDim) / LANES;
                    int least = CacheRows.turn(lowest, TornadoMath.min(key + LANES - 1, lowest), chunk);
                    int most = CacheRows.turn(highest, key, chunk);
                    for (int turn = least; turn <= most; turn++) {
                        int to = turn * turnFloats;
                        Float16 s0 = Vectors.splat(0f);
                        Float16 s1 = Vectors.splat(0f);
                        Float16 s2 = Vectors.splat(0f);
                        Float16 s3 = Vectors.splat(0f);
                        for (int d = 0; d < headDim; d++) {
                            Float16 k = keyLanes.get(keyLane + d);
                            s0 = Vectors.addProduct(s0, k, Vectors.splat(turned.get(to + q0 + d)));
                            s1 = Vectors.addProduct(s1, k, Vectors.splat(turned.get(to + q1 + d)));
                            s2 = Vectors.addProduct(s2, k, Vectors.splat(turned.get(to + q2 + d)));
                            s3 = Vectors.addProduct(s3, k, Vectors.splat(turned.get(to + q3 + d)));
                        }
                        int scores = tileAt / LANES;
                        if (least < most) {
                            scores = scores + ROWS;
                        }
                        workLanes.set(scores, s0);
                        workLanes.set(scores + 1, s1);
                        workLanes.set(scores + 2, s2);
                        workLanes.set(scores + 3, s3);
                        if (least < most) {
                            takeTurn(work, tileAt, query, last, group, position, key, chunk, turn);
                        }
                    }
                    weigh(work, tileAt, statsAt, query, last, group, position, key, window, scale);
                    int seen = TornadoMath.min(LANES, highest - key + 1);
                    addValues(valueLanes, work, workLanes, tileAt, sumsAt, statsAt,
                            CacheRows.value(row, kvHead, 0, kvHeads, headDim) / LANES, kvHeads * width / LANES, seen, width / LANES);
                }
                for (int i = 0; i < ROWS; i++) {
                    int to = queryAt(query + i, last, group, kvHead, heads, headDim);
                    float weights = work.get(statsAt + ROWS + TornadoMath.min(i, last - query));
                    int from = sumsAt + TornadoMath.min(i, last - query) * width;
                    for (int d = 0; d < headDim; d++) {
                        out.set(to + d, work.get(from + d) / weights);
                    }
                }
            }
            if (item == 0) {
                cursor.set(Cursor.NEXT, cursor.get(Cursor.CURRENT) + 1);
            }
        }
    }

    /** Where a query, of its first turn, begins; those behind the last count as the last. */
    private static int queryAt(int query, int last, int group, int kvHead, int heads, int headDim) {
        int q = TornadoMath.min(query, last);
        return (q / group * heads + kvHead * group + q % group) * headDim;
    }

    /** Takes over the scores of those keys of the tile that a query meets in this turn. */
    private static void takeTurn(
            FloatArray work, int tileAt, int query, int last, int group, int position, int key, int chunk, int turn) {
        for (int i = 0; i < TILE; i++) {
            int own = position + TornadoMath.min(query + i / LANES, last) / group;
            if (CacheRows.turn(own, TornadoMath.min(key + i % LANES, own), chunk) == turn) {
                work.set(tileAt + i, work.get(tileAt + TILE + i));
            }
        }
    }

    /** Scores of a tile become weights; the largest scores and the sums of weights are brought up to date, and by how much sums shrink. */
    private static void weigh(
            FloatArray work, int tileAt, int statsAt, int query, int last, int group, int position, int key, int window, float scale) {
        for (int i = 0; i < ROWS; i++) {
            int own = position + TornadoMath.min(query + i, last) / group;
            int start = CacheRows.firstVisible(own, window);
            float largest = work.get(statsAt + i);
            float larger = largest;
            for (int j = 0; j < LANES; j++) {
                float score = -1e30f;
                if (key + j >= start && key + j <= own) {
                    score = work.get(tileAt + i * LANES + j) * scale;
                }
                work.set(tileAt + i * LANES + j, score);
                larger = TornadoMath.max(larger, score);
            }
            float sum = 0;
            for (int j = 0; j < LANES; j++) {
                float weight = TornadoMath.exp(work.get(tileAt + i * LANES + j) - larger);
                work.set(tileAt + i * LANES + j, weight);
                sum += weight;
            }
            float shrink = TornadoMath.exp(largest - larger);
            work.set(statsAt + i, larger);
            work.set(statsAt + ROWS + i, work.get(statsAt + ROWS + i) * shrink + sum);
            work.set(statsAt + 2 * ROWS + i, shrink);
        }
    }

    /** sums = sums · shrink + weights · values, over the {@code seen} first positions of a tile: those behind were never written. */
    private static void addValues(
            VectorFloat16 valueLanes, FloatArray work, VectorFloat16 workLanes, int tileAt, int sumsAt, int statsAt, int value,
            int valueStride, int seen, int vectors) {
        Float16 shrink0 = Vectors.splat(work.get(statsAt + 2 * ROWS));
        Float16 shrink1 = Vectors.splat(work.get(statsAt + 2 * ROWS + 1));
        Float16 shrink2 = Vectors.splat(work.get(statsAt + 2 * ROWS + 2));
        Float16 shrink3 = Vectors.splat(work.get(statsAt + 2 * ROWS + 3));
        for (int e = 0; e < vectors; e++) {
            int at = sumsAt / LANES + e;
            Float16 a0 = Float16.mult(workLanes.get(at), shrink0);
            Float16 a1 = Float16.mult(workLanes.get(at + vectors), shrink1);
            Float16 a2 = Float16.mult(workLanes.get(at + 2 * vectors), shrink2);
            Float16 a3 = Float16.mult(workLanes.get(at + 3 * vectors), shrink3);
            for (int j = 0; j < seen; j++) {
                Float16 v = valueLanes.get(value + j * valueStride + e);
                a0 = Vectors.addProduct(a0, v, Vectors.splat(work.get(tileAt + j)));
                a1 = Vectors.addProduct(a1, v, Vectors.splat(work.get(tileAt + LANES + j)));
                a2 = Vectors.addProduct(a2, v, Vectors.splat(work.get(tileAt + 2 * LANES + j)));
                a3 = Vectors.addProduct(a3, v, Vectors.splat(work.get(tileAt + 3 * LANES + j)));
            }
            workLanes.set(at, a0);
            workLanes.set(at + vectors, a1);
            workLanes.set(at + 2 * vectors, a2);
            workLanes.set(at + 3 * vectors, a3);
        }
    }
}
