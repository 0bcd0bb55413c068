package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The plain form of a layer's steps for one token. All layers of a stage share each kernel: a kernel reads from {@code layers} and
 * {@code cursor} which layer's slice of the stacked arrays is its own.
 */
public final class StepKernels {
    private StepKernels() {
    }

    /** Spreads what the host sent for this call, one array, over the arrays that the steps read; {@code count} covers all of them. */
    public static void enter(
            FloatArray sent, IntArray call, IntArray cursor, FloatArray angles, FloatArray x, int angleCount, int rowFloats, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            if (i < Call.INTS) {
                call.set(i, (int) sent.get(i));
            }
            if (i < 2) {
                cursor.set(i, 0);
            }
            if (i < angleCount) {
                angles.set(i, sent.get(Call.INTS + i));
            }
            if (i < rowFloats) {
                x.set(i, sent.get(Call.INTS + angleCount + i));
            }
        }
    }

    /** out = weights · rmsNorm(x) + bias; (rows, cols) of the layer. The norm's factor comes out of the same pass. */
    public static void normProduct(
            IntArray cursor, IntArray layers, FloatArray x, FloatArray norm, FloatArray weights, FloatArray bias, FloatArray out,
            int rows, int cols, float eps) {
        for (@Parallel int r = 0; r < rows; r++) {
            int layer = layers.get(cursor.get(Cursor.NEXT) * Layers.INTS + Layers.SLICE);
            int at = (layer * rows + r) * cols;
            int n = layer * cols;
            float sum = 0;
            float squares = 0;
            for (int i = 0; i < cols; i++) {
                float v = x.get(i);
                squares += v * v;
                sum += weights.get(at + i) * (v * norm.get(n + i));
            }
            out.set(r, sum / TornadoMath.sqrt(squares / cols + eps) + bias.get(layer * rows + r));
        }
    }

    /** Turns queries (in each of their turns) and keys by their angles, and puts key and value into the layer's ring. */
    public static void ropeAndKeep(
            IntArray call, IntArray cursor, IntArray layers, FloatArray angles, FloatArray qkv, FloatArray turned, FloatArray keys,
            FloatArray values, int heads, int kvHeads, int pairs, int turns) {
        for (@Parallel int item = 0; item < (heads + kvHeads) * pairs; item++) {
            int layer = cursor.get(Cursor.NEXT) * Layers.INTS;
            int head = item / pairs;
            int i = item - head * pairs;
            int at = head * 2 * pairs + i;
            float a = qkv.get(at);
            float b = qkv.get(at + pairs);
            if (head < heads) {
                for (int turn = 0; turn < turns; turn++) {
                    int angle = (1 + turn) * 2 * pairs + i;
                    int to = turn * heads * 2 * pairs + at;
                    turned.set(to, a * angles.get(angle) - b * angles.get(angle + pairs));
                    turned.set(to + pairs, b * angles.get(angle) + a * angles.get(angle + pairs));
                }
            } else {
                int kvHead = head - heads;
                int capacity = layers.get(layer + Layers.CAPACITY);
                int row = layers.get(layer + Layers.FIRST_ROW) + call.get(Call.SLOT) * capacity + call.get(Call.POSITION) % capacity;
                int to = (row * kvHeads + kvHead) * 2 * pairs + i;
                keys.set(to, a * angles.get(i) - b * angles.get(i + pairs));
                keys.set(to + pairs, b * angles.get(i) + a * angles.get(i + pairs));
                int from = (heads + kvHeads + kvHead) * 2 * pairs + i;
                values.set(to, qkv.get(from));
                values.set(to + pairs, qkv.get(from + pairs));
            }
            if (item == 0) {
                cursor.set(Cursor.CURRENT, cursor.get(Cursor.NEXT));
            }
        }
    }

    /** Attention of one token by online softmax, one item per query head. */
    public static void attention(
            IntArray call, IntArray cursor, IntArray layers, FloatArray turned, FloatArray keys, FloatArray values, FloatArray out,
            int heads, int kvHeads, int headDim, float scale) {
        for (@Parallel int head = 0; head < heads; head++) {
            int layer = cursor.get(Cursor.CURRENT) * Layers.INTS;
            int capacity = layers.get(layer + Layers.CAPACITY);
            int window = layers.get(layer + Layers.WINDOW);
            int first = layers.get(layer + Layers.FIRST_ROW) + call.get(Call.SLOT) * capacity;
            int position = call.get(Call.POSITION);
            int chunk = call.get(Call.CHUNK);
            int kvHead = head / (heads / kvHeads);
            int start = 0;
            if (window > 0 && position - window + 1 > 0) {
                start = position - window + 1;
            }
            float largest = -1e30f;
            float weights = 0;
            for (int d = 0; d < headDim; d++) {
                out.set(head * headDim + d, 0f);
            }
            for (int j = start; j <= position; j++) {
                int turn = 0;
                if (chunk > 0) {
                    turn = TornadoMath.min(position / chunk - j / chunk, 2);
                }
                int q = (turn * heads + head) * headDim;
                int row = ((first + j % capacity) * kvHeads + kvHead) * headDim;
                float score = 0;
                for (int d = 0; d < headDim; d++) {
                    score += turned.get(q + d) * keys.get(row + d);
                }
                score = score * scale;
                float larger = TornadoMath.max(largest, score);
                float shrink = TornadoMath.exp(largest - larger);
                float weight = TornadoMath.exp(score - larger);
                weights = weights * shrink + weight;
                for (int d = 0; d < headDim; d++) {
                    out.set(head * headDim + d, out.get(head * headDim + d) * shrink + weight * values.get(row + d));
                }
                largest = larger;
            }
            for (int d = 0; d < headDim; d++) {
                out.set(head * headDim + d, out.get(head * headDim + d) / weights);
            }
            if (head == 0) {
                cursor.set(Cursor.NEXT, cursor.get(Cursor.CURRENT) + 1);
            }
        }
    }

    /** x += weights · in; (rows, cols) of the layer. */
    public static void productAdd(IntArray cursor, IntArray layers, FloatArray in, FloatArray weights, FloatArray x, int rows, int cols) {
        for (@Parallel int r = 0; r < rows; r++) {
            int layer = layers.get(cursor.get(Cursor.CURRENT) * Layers.INTS + Layers.SLICE);
            int at = (layer * rows + r) * cols;
            float sum = 0;
            for (int i = 0; i < cols; i++) {
                sum += weights.get(at + i) * in.get(i);
            }
            x.set(r, x.get(r) + sum);
        }
    }

    /** out = silu(gate · rmsNorm(x)) · (up · rmsNorm(x)); gate and up (rows, cols) of the layer. */
    public static void normGateUp(
            IntArray cursor, IntArray layers, FloatArray x, FloatArray norm, FloatArray gate, FloatArray up, FloatArray out,
            int rows, int cols, float eps) {
        for (@Parallel int r = 0; r < rows; r++) {
            int layer = layers.get(cursor.get(Cursor.CURRENT) * Layers.INTS + Layers.SLICE);
            int at = (layer * rows + r) * cols;
            int n = layer * cols;
            float g = 0;
            float u = 0;
            float squares = 0;
            for (int i = 0; i < cols; i++) {
                float v = x.get(i);
                float w = v * norm.get(n + i);
                squares += v * v;
                g += gate.get(at + i) * w;
                u += up.get(at + i) * w;
            }
            float scale = 1f / TornadoMath.sqrt(squares / cols + eps);
            g = g * scale;
            out.set(r, g / (1f + TornadoMath.exp(-g)) * (u * scale));
        }
    }

    /** Logits: out = weights · rmsNorm(x). */
    public static void logits(FloatArray x, FloatArray norm, FloatArray weights, FloatArray out, int rows, int cols, float eps) {
        for (@Parallel int r = 0; r < rows; r++) {
            int at = r * cols;
            float sum = 0;
            float squares = 0;
            for (int i = 0; i < cols; i++) {
                float v = x.get(i);
                squares += v * v;
                sum += weights.get(at + i) * (v * norm.get(i));
            }
            out.set(r, sum / TornadoMath.sqrt(squares / cols + eps));
        }
    }
}
