package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The products of one vector with up to three matrices of different types, in one launch: published files of 4 and 5 bits have values of
 * more bits than queries and keys. A work-group for sixteen rows of one matrix, as in {@link BlockGroupProducts}.
 */
public final class MixedGroupProducts {
    private MixedGroupProducts() {
    }

    /**
     * Results of each matrix lie behind those of the one before; or, in role {@link Role#GATING}, silu(first) · second comes out, one
     * result for each row of both. Arguments as in {@link PlainGroupProducts}, but for the types, as {@link MixedRows#code} has them, and
     * the output, which begins at zero.
     *
     * @param bias (slices, rows of all)
     * @param parts items of a row, a power of two: at most 16, in role {@link Role#GATING} at most 8
     * @param rows2 none where there are two matrices
     */
    public static void groups(
            KernelContext context, IntArray cursor, IntArray layers, FloatArray x, FloatArray norm, FloatArray bias, FloatArray out,
            IntArray words, FloatArray scales, IntArray words1, FloatArray scales1, IntArray words2, FloatArray scales2, int parts,
            int rows, int rows1, int rows2, int cols, int flags, float eps) {
        float[] sums = context.allocateFloatLocalArray(GroupResults.ITEMS);
        float[] squares = context.allocateFloatLocalArray(GroupResults.ITEMS);
        int item = context.localIdx;
        int lane = item & 15;
        int part = item >> 4;
        int slice = Results.slice(cursor, layers, flags);
        int g = context.groupIdx;
        int normAt = slice * cols;
        int groups = (rows + 15) >> 4;
        int groups1 = (rows1 + 15) >> 4;
        int g1 = g - groups; // the group within the second matrix
        int half = 0; // where the second matrix' sums begin
        if ((flags & Role.GATING) != 0) {
            g1 = g;
            half = GroupResults.ITEMS / 2;
        }
        int g2 = g1 - groups1;
        float sum = 0f;
        if (g < groups) {
            sum = MixedRows.sum(x, norm, normAt, words, scales, 0, slice * groups + g, lane, cols, part, parts, flags);
        }
        float sum1 = 0f;
        if (g1 >= 0 && g1 < groups1) {
            sum1 = MixedRows.sum(x, norm, normAt, words1, scales1, 1, slice * groups1 + g1, lane, cols, part, parts, flags);
        }
        if (rows2 > 0) {
            if (g2 >= 0) {
                sum = MixedRows.sum(x, norm, normAt, words2, scales2, 2, slice * ((rows2 + 15) >> 4) + g2, lane, cols, part, parts, flags);
            }
        }
        if ((flags & Role.GATING) != 0) {
            sums[item] = sum;
            sums[half + item] = sum1;
        } else {
            sums[item] = sum + sum1;
        }
        squares[item] = GroupResults.squares(x, item, cols, parts, flags);
        for (int stride = parts * 8; stride >= 16; stride >>= 1) {
            context.localBarrier();
            if (item < stride) {
                sums[item] = sums[item] + sums[item + stride];
                if ((flags & Role.GATING) != 0) {
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
            int biasAt = slice * (rows + rows1 + rows2);
            if ((flags & Role.GATING) != 0) {
                Results.keepGated(out, 0, g * 16 + item, rows, sums[item] * factor, sums[half + item] * factor);
            } else if (g < groups) {
                Results.keep(out, 0, g * 16 + item, rows, sums[item] * factor, bias, biasAt, flags);
            } else if (g2 < 0) {
                Results.keep(out, rows, g1 * 16 + item, rows1, sums[item] * factor, bias, biasAt + rows, flags);
            } else {
                Results.keep(out, rows + rows1, g2 * 16 + item, rows2, sums[item] * factor, bias, biasAt + rows + rows1, flags);
            }
        }
    }
}
