package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The products of one vector with two matrices whose blocks differ in type, in one launch: published files of 4 and 5 bits have values of
 * more bits than queries and keys. A work-group for sixteen rows, as in {@link BlockGroupProducts}.
 */
public final class MixedGroupProducts {
    private MixedGroupProducts() {
    }

    /**
     * Results of the second matrix lie behind those of the first; or, in role {@link Role#GATING}, silu(first) · second comes out, one
     * result for each row of both. Arguments as in {@link PlainGroupProducts}, the second matrix' beside those of the first.
     *
     * @param parts items of a row, a power of two: at most 16, where the second has role {@link Role#GATING} at most 8
     */
    public static void blockGroups(
            KernelContext context, IntArray cursor, IntArray layers, FloatArray x, FloatArray norm, IntArray words, FloatArray scales,
            FloatArray bias, IntArray otherWords, FloatArray otherScales, FloatArray otherBias, FloatArray out, int parts, int rows,
            int otherRows, int cols, int outAt, int flags, int otherFlags, float eps) {
        float[] sums = context.allocateFloatLocalArray(GroupResults.ITEMS);
        float[] squares = context.allocateFloatLocalArray(GroupResults.ITEMS);
        int item = context.localIdx;
        int lane = item & 15;
        int part = item >> 4;
        int slice = Results.slice(cursor, layers, flags);
        int g = context.groupIdx;
        int normAt = slice * cols;
        int blocks = cols >> 5;
        int border = (rows + 15) >> 4;
        int start = border; // the first group of the second matrix
        int half = 0; // where the second matrix' sums begin
        if ((otherFlags & Role.GATING) != 0) {
            start = 0;
            half = GroupResults.ITEMS / 2;
        }
        float sum = 0f;
        if (g < border) {
            sum = MixedBlocks.sum(x, norm, normAt, words, scales, flags >> Role.FORMAT_SHIFT, slice * border + g, lane, blocks, part,
                    parts, flags);
        }
        sums[item] = sum;
        if (g >= start) {
            sums[half + item] = MixedBlocks.sum(x, norm, normAt, otherWords, otherScales, otherFlags >> Role.FORMAT_SHIFT,
                    slice * ((otherRows + 15) >> 4) + g - start, lane, blocks, part, parts, flags);
        }
        squares[item] = GroupResults.squares(x, item, cols, parts, flags);
        for (int stride = parts * 8; stride >= 16; stride >>= 1) {
            context.localBarrier();
            if (item < stride) {
                sums[item] = sums[item] + sums[item + stride];
                if ((otherFlags & Role.GATING) != 0) {
                    sums[half + item] = sums[half + item] + sums[half + item + stride];
                }
                squares[item] = squares[item] + squares[item + stride];
            }
        }
        context.localBarrier();
        if (item < 16) {
            float total = 0f;
            for (int i = 0; i < 16; i++) {
                total += squares[i];
            }
            float factor = GroupResults.factor(total, cols, eps, flags);
            if ((otherFlags & Role.GATING) != 0) {
                Results.keepGated(out, outAt, g * 16 + item, rows, sums[item] * factor, sums[half + item] * factor);
            } else if (g < border) {
                Results.keep(out, outAt, g * 16 + item, rows, sums[item] * factor, bias, slice * rows, flags);
            } else {
                Results.keep(out, outAt + rows, (g - border) * 16 + item, otherRows, sums[item] * factor, otherBias, slice * otherRows,
                        otherFlags);
            }
        }
    }
}
