package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat16;

/**
 * Rope and attention of a single token on devices with wide vectors and few items (CPUs). An item takes all queries of one key head
 * through a share of the keys they see, {@link LaneAttention#ROWS} queries at a time for each tile, as {@link LaneAttention} does, and
 * writes what it found; {@link #merge} puts the shares together in a fixed order. It turns its queries itself, and the item of the last
 * share keeps the token's own key and value before it meets them: so no kernel needs to run before it, and nobody else reads that row.
 */
public final class LaneDecode {
    /** Tiles that a share has at least: 240 keys, which take a core about as long as a launch has overhead for. */
    private static final int LEAST_TILES = 15;

    private static final int ROWS = LaneAttention.ROWS;
    private static final int LANES = CacheRows.LANES;
    private static final int TILE = LaneAttention.TILE;

    private LaneDecode() {
    }

    /** Floats of working memory for each item: weights and scores of a tile, expanded keys and values of one, sums and statistics. */
    public static int scratch(int heads, int kvHeads, int headDim) {
        return 2 * TILE + 2 * LANES * CacheRows.valueWidth(headDim) + blocks(heads / kvHeads) * sums(headDim);
    }

    /** Times that an item takes {@link LaneAttention#ROWS} queries. */
    private static int blocks(int group) {
        return (group + ROWS - 1) / ROWS;
    }

    /** Floats of sums and statistics. */
    private static int sums(int headDim) {
        return ROWS * CacheRows.valueWidth(headDim) + LANES;
    }

    /** How many shares the keys that a query at {@code position} sees make, of at most {@code splits}. */
    static int shares(int position, int window, int splits) {
        int tiles = position / LANES - CacheRows.firstVisible(position, window) / LANES + 1;
        return TornadoMath.min(splits, TornadoMath.max(1, tiles / LEAST_TILES));
    }

    /**
     * @param angles (1 + turns, headDim): cosines, then sines, of the key's turn and of each of the query's
     * @param qkv ((heads + 2 kvHeads) · headDim)
     * @param turned (turns, heads · headDim), the queries, for whoever wants to see them
     * @param queries (items, turns, heads / kvHeads, headDim), a place of its own for each item
     * @param keys as {@link CacheRows} says
     * @param values as {@link CacheRows} says
     * @param work (items, {@link #scratch})
     * @param parts (heads, splits, headDim + 2): sums of values, the largest score, the sum of weights; shares that there are not
     *     are left alone
     * @param items kvHeads · splits
     */
    public static void ropeAndAttend(
            IntArray call, IntArray cursor, IntArray layers, FloatArray angles, FloatArray qkv, FloatArray turned, FloatArray queries,
            FloatArray keys, FloatArray values, FloatArray work, FloatArray parts, int items, int heads, int kvHeads, int headDim,
            int splits, int turns, float scale) {
        for (@Parallel int item = 0; item < items; item++) {
            VectorFloat16 keyLanes = new VectorFloat16(keys);
            VectorFloat16 valueLanes = new VectorFloat16(values);
            VectorFloat16 workLanes = new VectorFloat16(work);
            int layer = cursor.get(Cursor.NEXT) * Layers.INTS;
            int capacity = layers.get(layer + Layers.CAPACITY);
            int window = layers.get(layer + Layers.WINDOW);
            int first = CacheRows.first(call, layers, layer);
            int chunk = CacheRows.chunk(call);
            int position = call.get(Call.POSITION);
            int group = heads / kvHeads;
            int kvHead = item / splits;
            int share = item - kvHead * splits;
            int shares = shares(position, window, splits);
            int width = CacheRows.valueWidth(headDim);
            int queriesAt = item * turns * group * headDim;
            int tileAt = item * scratch(heads, kvHeads, headDim);
            int sumsAt = tileAt + 2 * TILE + 2 * LANES * width;
            if (share < shares && call.get(Call.TOKENS) > 0) {
                turnQueries(angles, qkv, queries, queriesAt, kvHead * group * headDim, group, headDim / 2, turns);
                if (share == 0) {
                    show(queries, turned, queriesAt, kvHead * group * headDim, group * headDim, heads * headDim, turns);
                }
                if (share == shares - 1) {
                    int row = first + position % capacity;
                    int newKey = (heads + kvHead) * headDim;
                    for (int d = 0; d < headDim; d++) {
                        keys.set(CacheRows.key(row, kvHead, d, kvHeads, headDim),
                                GroupDecode.turnedKey(angles, qkv, newKey, d, headDim / 2));
                        values.set(CacheRows.value(row, kvHead, d, kvHeads, headDim), qkv.get(newKey + kvHeads * headDim + d));
                    }
                }
                for (int block = 0; block < blocks(group); block++) {
                    int at = sumsAt + block * sums(headDim);
                    LaneTiles.clear(work, workLanes, at, at + ROWS * width, width);
                }
                int lowest = CacheRows.firstVisible(position, window) / LANES;
                int tiles = position / LANES - lowest + 1;
                int end = lowest + (share + 1) * tiles / shares;
                for (int tile = lowest + share * tiles / shares; tile < end; tile++) {
                    int key = tile * LANES;
                    int row = first + key % capacity;
                    int seen = TornadoMath.min(LANES, position - key + 1);
                    for (int block = 0; block < blocks(group); block++) {
                        int at = sumsAt + block * sums(headDim);
                        LaneTiles.score(keyLanes, CacheRows.key(row, kvHead, 0, kvHeads, headDim) / LANES, queries, queriesAt, work,
                                workLanes, tileAt, block * ROWS, group - 1, group, 0, group, headDim, group * headDim, position, key,
                                chunk);
                        LaneTiles.weigh(work, tileAt, at + ROWS * width, block * ROWS, group - 1, group, position, key, window, scale);
                        LaneTiles.addValues(valueLanes, CacheRows.value(row, kvHead, 0, kvHeads, headDim) / LANES, kvHeads * width / LANES,
                                work, workLanes, tileAt, at, at + ROWS * width, seen, width / LANES);
                    }
                }
                for (int block = 0; block < blocks(group); block++) {
                    int at = sumsAt + block * sums(headDim);
                    LaneTiles.keepParts(work, parts, at, at + ROWS * width, block * ROWS, group - 1,
                            ((kvHead * group + block * ROWS) * splits + share) * (headDim + 2), splits * (headDim + 2), headDim);
                }
            }
            if (item == 0) {
                cursor.set(Cursor.CURRENT, cursor.get(Cursor.NEXT));
            }
        }
    }

    /** The same over keys and values that are kept as halves: a tile of them is expanded before it is used. */
    public static void ropeAndAttendHalves(
            IntArray call, IntArray cursor, IntArray layers, FloatArray angles, FloatArray qkv, FloatArray turned, FloatArray queries,
            ShortArray keys, ShortArray values, FloatArray work, FloatArray parts, int items, int heads, int kvHeads, int headDim,
            int splits, int turns, float scale) {
        for (@Parallel int item = 0; item < items; item++) {
            VectorFloat16 workLanes = new VectorFloat16(work);
            int layer = cursor.get(Cursor.NEXT) * Layers.INTS;
            int capacity = layers.get(layer + Layers.CAPACITY);
            int window = layers.get(layer + Layers.WINDOW);
            int first = CacheRows.first(call, layers, layer);
            int chunk = CacheRows.chunk(call);
            int position = call.get(Call.POSITION);
            int group = heads / kvHeads;
            int kvHead = item / splits;
            int share = item - kvHead * splits;
            int shares = shares(position, window, splits);
            int width = CacheRows.valueWidth(headDim);
            int queriesAt = item * turns * group * headDim;
            int tileAt = item * scratch(heads, kvHeads, headDim);
            int keysAt = tileAt + 2 * TILE;
            int valuesAt = keysAt + LANES * width;
            int sumsAt = valuesAt + LANES * width;
            if (share < shares && call.get(Call.TOKENS) > 0) {
                turnQueries(angles, qkv, queries, queriesAt, kvHead * group * headDim, group, headDim / 2, turns);
                if (share == 0) {
                    show(queries, turned, queriesAt, kvHead * group * headDim, group * headDim, heads * headDim, turns);
                }
                if (share == shares - 1) {
                    int row = first + position % capacity;
                    int newKey = (heads + kvHead) * headDim;
                    for (int d = 0; d < headDim; d++) {
                        keys.set(CacheRows.key(row, kvHead, d, kvHeads, headDim),
                                (short) HalfBits.of(GroupDecode.turnedKey(angles, qkv, newKey, d, headDim / 2)));
                        values.set(CacheRows.value(row, kvHead, d, kvHeads, headDim),
                                (short) HalfBits.of(qkv.get(newKey + kvHeads * headDim + d)));
                    }
                }
                for (int block = 0; block < blocks(group); block++) {
                    int at = sumsAt + block * sums(headDim);
                    LaneTiles.clear(work, workLanes, at, at + ROWS * width, width);
                }
                int lowest = CacheRows.firstVisible(position, window) / LANES;
                int tiles = position / LANES - lowest + 1;
                int end = lowest + (share + 1) * tiles / shares;
                for (int tile = lowest + share * tiles / shares; tile < end; tile++) {
                    int key = tile * LANES;
                    int row = first + key % capacity;
                    int seen = TornadoMath.min(LANES, position - key + 1);
                    LaneTiles.expandKeys(keys, work, keysAt, CacheRows.key(row, kvHead, 0, kvHeads, headDim), headDim);
                    LaneTiles.expandValues(values, work, valuesAt, CacheRows.value(row, kvHead, 0, kvHeads, headDim), kvHeads * width,
                            seen, headDim);
                    for (int block = 0; block < blocks(group); block++) {
                        int at = sumsAt + block * sums(headDim);
                        LaneTiles.score(workLanes, keysAt / LANES, queries, queriesAt, work, workLanes, tileAt, block * ROWS, group - 1,
                                group, 0, group, headDim, group * headDim, position, key, chunk);
                        LaneTiles.weigh(work, tileAt, at + ROWS * width, block * ROWS, group - 1, group, position, key, window, scale);
                        LaneTiles.addValues(workLanes, valuesAt / LANES, width / LANES, work, workLanes, tileAt, at, at + ROWS * width,
                                seen, width / LANES);
                    }
                }
                for (int block = 0; block < blocks(group); block++) {
                    int at = sumsAt + block * sums(headDim);
                    LaneTiles.keepParts(work, parts, at, at + ROWS * width, block * ROWS, group - 1,
                            ((kvHead * group + block * ROWS) * splits + share) * (headDim + 2), splits * (headDim + 2), headDim);
                }
            }
            if (item == 0) {
                cursor.set(Cursor.CURRENT, cursor.get(Cursor.NEXT));
            }
        }
    }

    /** Queries of a key head in each of their turns, (turns, group, headDim). */
    private static void turnQueries(
            FloatArray angles, FloatArray qkv, FloatArray queries, int queriesAt, int from, int group, int pairs, int turns) {
        for (int i = 0; i < turns * group * pairs; i++) {
            int row = i / pairs;
            int p = i - row * pairs;
            int turn = row / group;
            int query = from + (row - turn * group) * 2 * pairs + p;
            float a = qkv.get(query);
            float b = qkv.get(query + pairs);
            float cos = angles.get((1 + turn) * 2 * pairs + p);
            float sin = angles.get((1 + turn) * 2 * pairs + p + pairs);
            queries.set(queriesAt + row * 2 * pairs + p, a * cos - b * sin);
            queries.set(queriesAt + row * 2 * pairs + p + pairs, b * cos + a * sin);
        }
    }

    /** Copies what is turned to where it lies beside that of the other key heads. */
    private static void show(FloatArray queries, FloatArray turned, int queriesAt, int to, int floats, int turnFloats, int turns) {
        for (int i = 0; i < turns * floats; i++) {
            int turn = i / floats;
            turned.set(turn * turnFloats + to + i - turn * floats, queries.get(queriesAt + i));
        }
    }

    /**
     * As {@link GroupSplits#merge}, of the shares that there are.
     *
     * @param parts (heads, splits, headDim + 2): sums of values, the largest score, the sum of weights
     * @param items heads · headDim
     */
    public static void merge(
            IntArray call, IntArray cursor, IntArray layers, FloatArray parts, FloatArray out, int items, int headDim, int splits) {
        for (@Parallel int item = 0; item < items; item++) {
            int window = layers.get(cursor.get(Cursor.CURRENT) * Layers.INTS + Layers.WINDOW);
            int shares = shares(call.get(Call.POSITION), window, splits);
            out.set(item, GroupSplits.merged(parts, item, headDim, splits, shares));
            if (item == 0) {
                cursor.set(Cursor.NEXT, cursor.get(Cursor.CURRENT) + 1);
            }
        }
    }
}
