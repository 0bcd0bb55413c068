package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * How keys and values of all layers and sessions lie in their two arrays on a device. A session's rows of one layer form a ring:
 * position j lies in row first + j % capacity, where first and capacity are multiples of {@link #LANES}.
 *
 * <p>Keys of {@link #LANES} neighbouring rows lie interleaved, (rows / LANES, kvHeads, headDim, LANES): one load of LANES floats, or
 * of one float by each of LANES neighbouring items, gives one dimension of LANES positions. Values lie row by row,
 * (rows, kvHeads, {@link #valueWidth}); what pads them is never written and never counts.
 */
public final class CacheRows {
    /** Rows whose keys lie interleaved. */
    public static final int LANES = 16;

    private CacheRows() {
    }

    /** Floats from one head's value to the next: headDim, padded to whole vectors. */
    public static int valueWidth(int headDim) {
        return (headDim + LANES - 1) / LANES * LANES;
    }

    /** Rows for {@code positions} positions, as a ring may have. */
    public static int capacity(int positions) {
        return (positions + LANES - 1) / LANES * LANES;
    }

    /**
     * Rows of a ring for layers with a window: the window and the largest call, which writes its rows before its first query reads those
     * of the window; at least so many that the tile of the last position is never that of the first one seen.
     *
     * @param rows of the largest call
     */
    public static int ring(int window, int rows) {
        return capacity(Math.addExact(window, Math.max(rows, LANES)));
    }

    /** The first row of this call's session in a layer, {@code layer} = index of the layer · {@link Layers#INTS}. */
    static int first(IntArray call, IntArray layers, int layer) {
        return layers.get(layer + Layers.FIRST_ROW) + call.get(Call.SLOT) * layers.get(layer + Layers.CAPACITY);
    }

    /** Where element {@code d} of a key lies. */
    static int key(int row, int kvHead, int d, int kvHeads, int headDim) {
        return ((row / LANES * kvHeads + kvHead) * headDim + d) * LANES + row % LANES;
    }

    /** Where element {@code d} of a value lies. */
    static int value(int row, int kvHead, int d, int kvHeads, int headDim) {
        return (row * kvHeads + kvHead) * valueWidth(headDim) + d;
    }

    /** The first position that the query at {@code position} sees. */
    static int firstVisible(int position, int window) {
        int start = 0;
        if (window > 0 && position - window + 1 > 0) {
            start = position - window + 1;
        }
        return start;
    }

    /** Length of chunks; where there are none more than any position, so that a division by it may stand before any condition. */
    static int chunk(IntArray call) {
        int chunk = call.get(Call.CHUNK);
        if (chunk < 1) {
            chunk = Integer.MAX_VALUE;
        }
        return chunk;
    }

    /** In which of its turns the query at {@code position} meets the key at {@code key}: of its own chunk, the one before, or an older. */
    static int turn(int position, int key, int chunk) {
        int turn = 0;
        if (chunk > 0) {
            turn = position / chunk - key / chunk;
            if (turn > 2) {
                turn = 2;
            }
        }
        return turn;
    }

    /** Of the queries of a key head (the heads of its group for one token, then for the next): which row of (tokens, heads) one is. */
    static int outRow(int query, int group, int kvHead, int heads) {
        return query / group * heads + kvHead * group + query % group;
    }
}
