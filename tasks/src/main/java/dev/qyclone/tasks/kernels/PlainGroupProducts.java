package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * {@link PlainProducts} by work-groups: a group of items for sixteen rows, {@code parts} items a row (a power of two, at most 16), each
 * with every {@code parts}-th word of it. Neighbouring items read neighbouring words. Arguments as there, but for {@code parts}.
 */
public final class PlainGroupProducts {
    private PlainGroupProducts() {
    }

    /** Floats, in {@code scales}. */
    public static void floatGroups(
            KernelContext context, IntArray cursor, IntArray layers, FloatArray x, FloatArray norm, IntArray words, FloatArray scales,
            FloatArray bias, FloatArray out, int parts, int rows, int cols, int outAt, int flags, float eps) {
        float[] sums = context.allocateFloatLocalArray(GroupResults.ITEMS);
        float[] squares = context.allocateFloatLocalArray(GroupResults.ITEMS);
        int item = context.localIdx;
        int lane = item & 15;
        int part = item >> 4;
        int slice = Results.slice(cursor, layers, flags);
        int g = context.groupIdx;
        int group = slice * ((rows + 15) >> 4) + g;
        int normAt = slice * cols;
        float sum = 0f;
        for (int i = part; i < cols; i += parts) {
            sum += scales.get((group * cols + i) * 16 + lane) * Fields.input(x, norm, normAt, i, flags);
        }
        sums[item] = sum;
        squares[item] = GroupResults.squares(x, item, cols, parts, flags);
        for (int stride = parts * 8; stride >= 16; stride >>= 1) {
            context.localBarrier();
            if (item < stride) {
                sums[item] = sums[item] + sums[item + stride];
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
            if ((flags & Role.GATED) == 0) {
                Results.keep(out, outAt, g * 16 + item, rows, sums[item] * factor, bias, slice * rows, flags);
            } else if (item < 8) {
                Results.keepGated(out, outAt, g * 8 + item, rows >> 1, sums[item] * factor, sums[item + 8] * factor);
            }
        }
    }

    /** Halves, two in a word. */
    public static void halfGroups(
            KernelContext context, IntArray cursor, IntArray layers, FloatArray x, FloatArray norm, IntArray words, FloatArray scales,
            FloatArray bias, FloatArray out, int parts, int rows, int cols, int outAt, int flags, float eps) {
        float[] sums = context.allocateFloatLocalArray(GroupResults.ITEMS);
        float[] squares = context.allocateFloatLocalArray(GroupResults.ITEMS);
        int item = context.localIdx;
        int lane = item & 15;
        int part = item >> 4;
        int slice = Results.slice(cursor, layers, flags);
        int g = context.groupIdx;
        int group = slice * ((rows + 15) >> 4) + g;
        int normAt = slice * cols;
        float sum = 0f;
        int pairs = (cols + 1) >> 1;
        for (int i = part; i < pairs; i += parts) {
            int at = (group * pairs + i) * 16 + lane;
            sum += Fields.half(words, at, 16) * Fields.input(x, norm, normAt, 2 * i, flags);
            sum += Fields.half(words, at, 0) * Fields.inputWithin(x, norm, normAt, 2 * i + 1, cols, flags);
        }
        sums[item] = sum * Fields.HALF_UNIT;
        squares[item] = GroupResults.squares(x, item, cols, parts, flags);
        for (int stride = parts * 8; stride >= 16; stride >>= 1) {
            context.localBarrier();
            if (item < stride) {
                sums[item] = sums[item] + sums[item + stride];
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
            if ((flags & Role.GATED) == 0) {
                Results.keep(out, outAt, g * 16 + item, rows, sums[item] * factor, bias, slice * rows, flags);
            } else if (item < 8) {
                Results.keepGated(out, outAt, g * 8 + item, rows >> 1, sums[item] * factor, sums[item + 8] * factor);
            }
        }
    }

    /** Brain floats relative to the largest of their block of 32, two in a word. */
    public static void relativeGroups(
            KernelContext context, IntArray cursor, IntArray layers, FloatArray x, FloatArray norm, IntArray words, FloatArray scales,
            FloatArray bias, FloatArray out, int parts, int rows, int cols, int outAt, int flags, float eps) {
        float[] sums = context.allocateFloatLocalArray(GroupResults.ITEMS);
        float[] squares = context.allocateFloatLocalArray(GroupResults.ITEMS);
        int item = context.localIdx;
        int lane = item & 15;
        int part = item >> 4;
        int slice = Results.slice(cursor, layers, flags);
        int g = context.groupIdx;
        int group = slice * ((rows + 15) >> 4) + g;
        int normAt = slice * cols;
        float sum = 0f;
        int blocks = (cols + 31) >> 5;
        for (int b = part; b < blocks; b += parts) {
            float block = 0f;
            for (int i = b * 16; i < b * 16 + 16; i++) {
                int at = (group * blocks * 16 + i) * 16 + lane;
                block += Fields.relative(words, at, 16) * Fields.inputWithin(x, norm, normAt, 2 * i, cols, flags);
                block += Fields.relative(words, at, 0) * Fields.inputWithin(x, norm, normAt, 2 * i + 1, cols, flags);
            }
            sum += block * Fields.RELATIVE_UNIT * scales.get((group * blocks + b) * 16 + lane);
        }
        sums[item] = sum;
        squares[item] = GroupResults.squares(x, item, cols, parts, flags);
        for (int stride = parts * 8; stride >= 16; stride >>= 1) {
            context.localBarrier();
            if (item < stride) {
                sums[item] = sums[item] + sums[item + stride];
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
            if ((flags & Role.GATED) == 0) {
                Results.keep(out, outAt, g * 16 + item, rows, sums[item] * factor, bias, slice * rows, flags);
            } else if (item < 8) {
                Results.keepGated(out, outAt, g * 8 + item, rows >> 1, sums[item] * factor, sums[item + 8] * factor);
            }
        }
    }
}
