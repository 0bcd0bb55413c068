package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * {@link ExpertProducts} by work-groups: a group for sixteen rows of one expert, {@code parts} items a row. Its items decode 32 columns
 * into local memory together, then each multiplies its row with some of the tokens. Weights are read once for {@link #TOKENS} tokens
 * a part; an expert has seldom more of them in a batch. Arguments as there, but for {@code parts} and {@code kind}, which is
 * {@link Elements}'.
 */
public final class ExpertGroupProducts {
    /** Tokens of an item. */
    private static final int TOKENS = 4;
    /** Columns that are decoded at once. */
    private static final int COLUMNS = 32;

    private ExpertGroupProducts() {
    }

    /** Of any type. */
    public static void expertGroups(
            KernelContext context, IntArray ranges, IntArray order, FloatArray x, IntArray words, FloatArray scales, FloatArray out,
            int parts, int rows, int cols, int kind, int format, int source, int outAt, int width) {
        float[] weights = context.allocateFloatLocalArray(COLUMNS * 16);
        int lane = context.localIdx & 15;
        int part = context.localIdx >> 4;
        int groups = (rows + 15) >> 4;
        int e = context.groupIdx / groups;
        int g = context.groupIdx - e * groups;
        int group = ranges.get(e * MixtureKernels.RANGE) * groups + g;
        int first = ranges.get(e * MixtureKernels.RANGE + 1);
        int last = ranges.get(e * MixtureKernels.RANGE + 2);
        int blocks = (cols + COLUMNS - 1) / COLUMNS;
        for (int tile = first; tile < last; tile += parts * TOKENS) {
            int own = tile + part * TOKENS;
            int x0 = order.get(TornadoMath.min(own, last - 1) * MixtureKernels.ORDER + source) * cols;
            int x1 = order.get(TornadoMath.min(own + 1, last - 1) * MixtureKernels.ORDER + source) * cols;
            int x2 = order.get(TornadoMath.min(own + 2, last - 1) * MixtureKernels.ORDER + source) * cols;
            int x3 = order.get(TornadoMath.min(own + 3, last - 1) * MixtureKernels.ORDER + source) * cols;
            float s0 = 0f;
            float s1 = 0f;
            float s2 = 0f;
            float s3 = 0f;
            for (int b = 0; b < blocks; b++) {
                int columns = TornadoMath.min(COLUMNS, cols - b * COLUMNS);
                context.localBarrier();
                for (int i = part; i < columns; i += parts) {
                    int column = b * COLUMNS + i;
                    int block = BlockFormat.wordAt(format, group, blocks, b) + lane;
                    float weight = 0f;
                    if (kind == Elements.NIBBLES) {
                        float q = Elements.nibble(words, block, column);
                        weight = Elements.scaled(words, scales, format, group, lane, blocks, block, column, q, 8f);
                    } else if (kind == Elements.WIDE) {
                        float q = Elements.wide(words, format, block, column);
                        weight = Elements.scaled(words, scales, format, group, lane, blocks, block, column, q, 16f);
                    } else {
                        weight = Elements.whole(words, scales, kind, group, lane, cols, column);
                    }
                    weights[i * 16 + lane] = weight;
                }
                context.localBarrier();
                for (int i = 0; i < columns; i++) {
                    float w = weights[i * 16 + lane];
                    int at = b * COLUMNS + i;
                    s0 += w * x.get(x0 + at);
                    s1 += w * x.get(x1 + at);
                    s2 += w * x.get(x2 + at);
                    s3 += w * x.get(x3 + at);
                }
            }
            int to = outAt + g * 16 + lane;
            keep(order, out, own, last, to, width, s0);
            keep(order, out, own + 1, last, to, width, s1);
            keep(order, out, own + 2, last, to, width, s2);
            keep(order, out, own + 3, last, to, width, s3);
        }
    }

    private static void keep(IntArray order, FloatArray out, int own, int last, int to, int width, float sum) {
        if (own < last) {
            out.set(order.get(own * MixtureKernels.ORDER + MixtureKernels.CHOICE) * width + to, sum);
        }
    }
}
