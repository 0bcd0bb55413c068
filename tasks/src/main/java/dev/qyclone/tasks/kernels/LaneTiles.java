package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat16;
import uk.ac.manchester.tornado.api.types.vectors.Float16;

/**
 * What {@link LaneAttention} does with a tile of {@link CacheRows#LANES} positions and {@link LaneAttention#ROWS} queries. An item's
 * working memory: the weights of the tile, its scores in one turn (each a vector a query), the sums of values, then for each query its
 * largest score, its sum of weights and by how much that shrank; then a tile of expanded halves.
 */
final class LaneTiles {
    private static final int ROWS = LaneAttention.ROWS;
    private static final int LANES = CacheRows.LANES;
    private static final int TILE = LaneAttention.TILE;

    private LaneTiles() {
    }

    static void clear(FloatArray work, VectorFloat16 workLanes, int sumsAt, int statsAt, int width) {
        for (int i = 0; i < ROWS * width / LANES; i++) {
            workLanes.set(sumsAt / LANES + i, Vectors.splat(0f));
        }
        for (int i = 0; i < ROWS; i++) {
            work.set(statsAt + i, -1e30f);
            work.set(statsAt + ROWS + i, 0f);
        }
    }

    /** Scores of a tile of keys, each by the turn in which the query meets it; queries of the first turn begin at {@code turnedAt}. */
    static void score(
            VectorFloat16 keyLanes, int keyLane, FloatArray turned, int turnedAt, FloatArray work, VectorFloat16 workLanes, int tileAt,
            int query, int last, int group, int kvHead, int heads, int headDim, int turnFloats, int position, int key, int chunk) {
        int lowest = position + query / group;
        int highest = position + TornadoMath.min(query + ROWS - 1, last) / group;
        int least = CacheRows.turn(lowest, TornadoMath.min(key + LANES - 1, lowest), chunk);
        int most = CacheRows.turn(highest, key, chunk);
        int q0 = queryAt(query, last, group, kvHead, heads, headDim);
        int q1 = queryAt(query + 1, last, group, kvHead, heads, headDim);
        int q2 = queryAt(query + 2, last, group, kvHead, heads, headDim);
        int q3 = queryAt(query + 3, last, group, kvHead, heads, headDim);
        for (int turn = least; turn <= most; turn++) {
            int to = turnedAt + turn * turnFloats;
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
    }

    static void finish(
            FloatArray work, FloatArray out, int sumsAt, int statsAt, int query, int last, int group, int kvHead, int heads, int headDim,
            int width) {
        for (int i = 0; i < ROWS; i++) {
            int own = TornadoMath.min(i, last - query);
            int to = queryAt(query + i, last, group, kvHead, heads, headDim);
            float weights = work.get(statsAt + ROWS + own);
            for (int d = 0; d < headDim; d++) {
                out.set(to + d, work.get(sumsAt + own * width + d) / weights);
            }
        }
    }

    /**
     * What a share of the keys gives, for whoever puts the shares together: sums, the largest score, the sum of weights.
     *
     * @param partAt where the part of the item's first query begins; that of the next, {@code partStride} behind it
     */
    static void keepParts(
            FloatArray work, FloatArray parts, int sumsAt, int statsAt, int query, int last, int partAt, int partStride, int headDim) {
        int width = CacheRows.valueWidth(headDim);
        for (int i = 0; i < TornadoMath.min(ROWS, last - query + 1); i++) {
            int to = partAt + i * partStride;
            for (int d = 0; d < headDim; d++) {
                parts.set(to + d, work.get(sumsAt + i * width + d));
            }
            parts.set(to + headDim, work.get(statsAt + i));
            parts.set(to + headDim + 1, work.get(statsAt + ROWS + i));
        }
    }

    static void expandKeys(ShortArray keys, FloatArray work, int to, int from, int headDim) {
        for (int i = 0; i < headDim * LANES; i++) {
            work.set(to + i, HalfBits.value(keys.get(from + i)));
        }
    }

    static void expandValues(ShortArray values, FloatArray work, int to, int from, int stride, int seen, int headDim) {
        for (int j = 0; j < seen; j++) {
            for (int d = 0; d < headDim; d++) {
                work.set(to + j * CacheRows.valueWidth(headDim) + d, HalfBits.value(values.get(from + j * stride + d)));
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
    static void weigh(
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
    static void addValues(
            VectorFloat16 valueLanes, int value, int valueStride, FloatArray work, VectorFloat16 workLanes, int tileAt, int sumsAt,
            int statsAt, int seen, int vectors) {
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
