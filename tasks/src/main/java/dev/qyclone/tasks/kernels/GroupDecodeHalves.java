package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/** {@link GroupDecode} over keys and values that are kept as halves. */
public final class GroupDecodeHalves {
    private static final int ROWS = GroupAttention.ROWS;
    private static final int KEYS = GroupAttention.KEYS;
    private static final int MAX_HEAD_DIM = GroupAttention.MAX_HEAD_DIM;
    private static final int LANES = CacheRows.LANES;

    private GroupDecodeHalves() {
    }

    /** As {@link GroupDecode#ropeAndAttend}. */
    public static void ropeAndAttend(
            KernelContext context, IntArray call, IntArray cursor, IntArray layers, FloatArray angles, FloatArray qkv, FloatArray turned,
            FloatArray queries, ShortArray keys, ShortArray values, FloatArray parts, int heads, int kvHeads, int headDim, int splits,
            int turns, float scale) {
        float[] tile = context.allocateFloatLocalArray(KEYS * MAX_HEAD_DIM);
        float[] weights = context.allocateFloatLocalArray(ROWS * KEYS);
        float[] sums = context.allocateFloatLocalArray(ROWS * MAX_HEAD_DIM);
        float[] largest = context.allocateFloatLocalArray(ROWS);
        float[] total = context.allocateFloatLocalArray(ROWS);
        float[] shrink = context.allocateFloatLocalArray(ROWS);
        int item = context.localIdx;
        int size = context.localGroupSizeX;
        int layer = cursor.get(Cursor.NEXT) * Layers.INTS;
        int capacity = layers.get(layer + Layers.CAPACITY);
        int first = CacheRows.first(call, layers, layer);
        int chunk = call.get(Call.CHUNK);
        int position = call.get(Call.POSITION);
        int visible = CacheRows.firstVisible(position, layers.get(layer + Layers.WINDOW));
        int group = heads / kvHeads;
        int blocks = GroupSplits.blocks(1, group);
        int split = context.groupIdx % splits;
        int kvHead = context.groupIdx / splits / blocks;
        int query = context.groupIdx / splits % blocks * ROWS;
        int last = group - 1;
        int own = context.groupIdx * turns * ROWS;
        int pairs = headDim / 2;
        int newKey = (heads + kvHead) * headDim;
        int newValue = newKey + kvHeads * headDim;
        for (int i = item; i < turns * ROWS * pairs; i += size) {
            int row = i / pairs;
            int p = i - row * pairs;
            int turn = row / ROWS;
            int q = kvHead * group + TornadoMath.min(query + row % ROWS, last);
            float a = qkv.get(q * headDim + p);
            float b = qkv.get(q * headDim + p + pairs);
            float cos = angles.get((1 + turn) * headDim + p);
            float sin = angles.get((1 + turn) * headDim + p + pairs);
            queries.set((own + row) * headDim + p, a * cos - b * sin);
            queries.set((own + row) * headDim + p + pairs, b * cos + a * sin);
            if (split == 0 && query + row % ROWS <= last) {
                turned.set((turn * heads + q) * headDim + p, a * cos - b * sin);
                turned.set((turn * heads + q) * headDim + p + pairs, b * cos + a * sin);
            }
        }
        if (split == 0 && query == 0 && call.get(Call.TOKENS) > 0) {
            int row = first + position % capacity;
            for (int d = item; d < headDim; d += size) {
                keys.set(CacheRows.key(row, kvHead, d, kvHeads, headDim),
                        (short) HalfBits.of(GroupDecode.turnedKey(angles, qkv, newKey, d, pairs)));
                values.set(CacheRows.value(row, kvHead, d, kvHeads, headDim), (short) HalfBits.of(qkv.get(newValue + d)));
            }
        }
        for (int i = item; i < ROWS * headDim; i += size) {
            sums[i] = 0f;
        }
        for (int r = item; r < ROWS; r += size) {
            largest[r] = -1e30f;
            total[r] = 0f;
        }
        context.globalBarrier();
        context.localBarrier();
        int lowest = visible / KEYS;
        int share = (position / KEYS - lowest + splits) / splits;
        int end = TornadoMath.min(lowest + (split + 1) * share - 1, position / KEYS);
        for (int t = lowest + split * share; t <= end; t++) {
            int key = t * KEYS;
            // keys into the tile, (KEYS / LANES, headDim, LANES), the token's own turned here
            for (int i = item; i < KEYS * headDim; i += size) {
                int block = i / (LANES * headDim);
                int within = i - block * LANES * headDim;
                int j = key + block * LANES + within % LANES;
                float value = 0;
                if (j == position) {
                    value = HalfBits.value((short) HalfBits.of(GroupDecode.turnedKey(angles, qkv, newKey, within / LANES, pairs)));
                }
                if (j >= visible && j < position) {
                    int row = first + (key + block * LANES) % capacity;
                    value = HalfBits.value(keys.get(CacheRows.key(row, kvHead, 0, kvHeads, headDim) + within));
                }
                tile[i] = value;
            }
            context.localBarrier();
            // scores, -1e30 where the token does not see a key
            for (int i = item; i < ROWS * KEYS; i += size) {
                int j = i % KEYS;
                float score = -1e30f;
                if (key + j <= position && key + j >= visible) {
                    int from = (own + CacheRows.turn(position, key + j, chunk) * ROWS + i / KEYS) * headDim;
                    int at = j / LANES * headDim * LANES + j % LANES;
                    float sum = 0;
                    for (int d = 0; d < headDim; d++) {
                        sum += queries.get(from + d) * tile[at + d * LANES];
                    }
                    score = sum * scale;
                }
                weights[i] = score;
            }
            context.localBarrier();
            // the largest scores so far; values into the tile, (KEYS, headDim)
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
                int d = i - j * headDim;
                float value = 0;
                if (key + j == position) {
                    value = HalfBits.value((short) HalfBits.of(qkv.get(newValue + d)));
                }
                if (key + j >= visible && key + j < position) {
                    int row = first + (key + j) % capacity;
                    value = HalfBits.value(values.get(CacheRows.value(row, kvHead, d, kvHeads, headDim)));
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
                int part = ((kvHead * group + query + r) * splits + split) * (headDim + 2);
                parts.set(part + d, sums[i]);
                if (d == 0) {
                    parts.set(part + headDim, largest[r]);
                    parts.set(part + headDim + 1, total[r]);
                }
            }
        }
        if (context.globalIdx == 0) {
            cursor.set(Cursor.CURRENT, cursor.get(Cursor.NEXT));
        }
    }
}
