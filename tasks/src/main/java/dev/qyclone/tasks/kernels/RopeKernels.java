package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/**
 * Turns queries (in each of their turns) and keys by their angles, and puts keys and values into the layer's ring. One item for each
 * pair of each head of each row; rows behind the call's tokens are padding and leave no trace.
 */
public final class RopeKernels {
    private RopeKernels() {
    }

    /**
     * @param angles (tokens, 1 + turns, headDim): cosines, then sines, of the key's turn and of each of the query's
     * @param qkv (tokens, (heads + 2 kvHeads) · headDim)
     * @param turned (turns, tokens, heads · headDim)
     * @param keys as {@link CacheRows} says
     * @param values as {@link CacheRows} says
     * @param items rows · (heads + kvHeads) · pairs
     */
    public static void ropeAndKeep(
            IntArray call, IntArray cursor, IntArray layers, FloatArray angles, FloatArray qkv, FloatArray turned, FloatArray keys,
            FloatArray values, int items, int rows, int heads, int kvHeads, int pairs, int turns) {
        for (@Parallel int item = 0; item < items; item++) {
            int t = item / ((heads + kvHeads) * pairs);
            int head = item / pairs - t * (heads + kvHeads);
            int i = item % pairs;
            int from = (t * (heads + 2 * kvHeads) + head) * 2 * pairs + i;
            int angle = t * (1 + turns) * 2 * pairs + i;
            if (t < call.get(Call.TOKENS)) {
                if (head < heads) {
                    turnQuery(angles, qkv, turned, from, angle, (t * heads + head) * 2 * pairs + i, rows * heads * 2 * pairs, pairs, turns);
                } else {
                    int row = row(call, cursor, layers, t);
                    int kvHead = head - heads;
                    float a = qkv.get(from);
                    float b = qkv.get(from + pairs);
                    float cos = angles.get(angle);
                    float sin = angles.get(angle + pairs);
                    keys.set(CacheRows.key(row, kvHead, i, kvHeads, 2 * pairs), a * cos - b * sin);
                    keys.set(CacheRows.key(row, kvHead, i + pairs, kvHeads, 2 * pairs), b * cos + a * sin);
                    int value = CacheRows.value(row, kvHead, i, kvHeads, 2 * pairs);
                    values.set(value, qkv.get(from + kvHeads * 2 * pairs));
                    values.set(value + pairs, qkv.get(from + kvHeads * 2 * pairs + pairs));
                }
            }
            if (item == 0) {
                cursor.set(Cursor.CURRENT, cursor.get(Cursor.NEXT));
            }
        }
    }

    /** The same where keys and values are kept as halves. */
    public static void ropeAndKeepHalves(
            IntArray call, IntArray cursor, IntArray layers, FloatArray angles, FloatArray qkv, FloatArray turned, ShortArray keys,
            ShortArray values, int items, int rows, int heads, int kvHeads, int pairs, int turns) {
        for (@Parallel int item = 0; item < items; item++) {
            int t = item / ((heads + kvHeads) * pairs);
            int head = item / pairs - t * (heads + kvHeads);
            int i = item % pairs;
            int from = (t * (heads + 2 * kvHeads) + head) * 2 * pairs + i;
            int angle = t * (1 + turns) * 2 * pairs + i;
            if (t < call.get(Call.TOKENS)) {
                if (head < heads) {
                    turnQuery(angles, qkv, turned, from, angle, (t * heads + head) * 2 * pairs + i, rows * heads * 2 * pairs, pairs, turns);
                } else {
                    int row = row(call, cursor, layers, t);
                    int kvHead = head - heads;
                    float a = qkv.get(from);
                    float b = qkv.get(from + pairs);
                    float cos = angles.get(angle);
                    float sin = angles.get(angle + pairs);
                    keys.set(CacheRows.key(row, kvHead, i, kvHeads, 2 * pairs), (short) HalfBits.of(a * cos - b * sin));
                    keys.set(CacheRows.key(row, kvHead, i + pairs, kvHeads, 2 * pairs), (short) HalfBits.of(b * cos + a * sin));
                    int value = CacheRows.value(row, kvHead, i, kvHeads, 2 * pairs);
                    values.set(value, (short) HalfBits.of(qkv.get(from + kvHeads * 2 * pairs)));
                    values.set(value + pairs, (short) HalfBits.of(qkv.get(from + kvHeads * 2 * pairs + pairs)));
                }
            }
            if (item == 0) {
                cursor.set(Cursor.CURRENT, cursor.get(Cursor.NEXT));
            }
        }
    }

    private static void turnQuery(FloatArray angles, FloatArray qkv, FloatArray turned, int from, int angle, int to, int turnFloats,
            int pairs, int turns) {
        float a = qkv.get(from);
        float b = qkv.get(from + pairs);
        for (int turn = 0; turn < turns; turn++) {
            float cos = angles.get(angle + (1 + turn) * 2 * pairs);
            float sin = angles.get(angle + (1 + turn) * 2 * pairs + pairs);
            turned.set(turn * turnFloats + to, a * cos - b * sin);
            turned.set(turn * turnFloats + to + pairs, b * cos + a * sin);
        }
    }

    /** The row of the call's t-th position. */
    private static int row(IntArray call, IntArray cursor, IntArray layers, int t) {
        int layer = cursor.get(Cursor.NEXT) * Layers.INTS;
        return CacheRows.first(call, layers, layer) + (call.get(Call.POSITION) + t) % layers.get(layer + Layers.CAPACITY);
    }
}
