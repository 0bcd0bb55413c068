package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * {@link BlockProducts} by work-groups: a group of items for sixteen rows, {@code parts} items a row (a power of two, at most 16), each
 * with every {@code parts}-th block of it. Neighbouring items read neighbouring words. Arguments as in {@link PlainGroupProducts}.
 */
public final class BlockGroupProducts {
    private BlockGroupProducts() {
    }

    /** Weights of eight bits. */
    public static void byteGroups(
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
        int blocks = cols >> 5;
        for (int b = part; b < blocks; b += parts) {
            float products = 0f;
            for (int k = b * 8; k < b * 8 + 8; k++) {
                int at = (group * blocks * 8 + k) * 16 + lane;
                for (int j = 0; j < 4; j++) {
                    products += Fields.signed(words, at, 24 - 8 * j, 24) * Fields.input(x, norm, normAt, 4 * k + j, flags);
                }
            }
            sum += products * scales.get((group * blocks + b) * 16 + lane);
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

    /** Weights of four bits. */
    public static void nibbleGroups(
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
        int format = flags >> Role.FORMAT_SHIFT;
        int blocks = cols >> 5;
        for (int b = part; b < blocks; b += parts) {
            int block = BlockFormat.wordAt(format, group, blocks, b) + lane;
            float products = 0f;
            float inputs = 0f;
            for (int k = b * 4; k < b * 4 + 4; k++) {
                int word = block + (k - b * 4) * 16;
                for (int j = 0; j < 8; j++) {
                    float v = Fields.input(x, norm, normAt, 8 * k + j, flags);
                    inputs += v;
                    products += Fields.signed(words, word, 28 - 4 * j, 28) * v;
                }
            }
            if (format == BlockFormat.FOUR) {
                sum += products * scales.get((group * blocks + b) * 16 + lane);
            } else if (format == BlockFormat.FOUR_MINIMUM) {
                float scale = Fields.half(words, block + 4 * 16, 16);
                float minimum = Fields.half(words, block + 4 * 16, 0);
                sum += ((minimum + scale * 8f) * inputs + products * scale) * Fields.HALF_UNIT;
            } else if (format == BlockFormat.FOUR_SUPER) {
                int at = BlockFormat.scaleWordAt(format, group, blocks, b) + ((b & 7) >> 1) * 16 + lane;
                int factors = (group * (blocks >> 3) + (b >> 3)) * 32 + lane;
                float scale = Fields.six(words, at, 16 * (b & 1)) * scales.get(factors);
                float minimum = Fields.six(words, at, 16 * (b & 1) + 8) * scales.get(factors + 16);
                sum += products * scale + (scale * 8f - minimum) * inputs;
            }
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

    /** Weights of five or six bits. */
    public static void wideGroups(
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
        int format = flags >> Role.FORMAT_SHIFT;
        int blocks = cols >> 5;
        for (int b = part; b < blocks; b += parts) {
            int block = BlockFormat.wordAt(format, group, blocks, b) + lane;
            for (int half = b * 2; half < b * 2 + 2; half++) {
                float products = 0f;
                float inputs = 0f;
                for (int k = half * 2; k < half * 2 + 2; k++) {
                    int word = block + (k - b * 4) * 16;
                    int high = BlockFormat.highAt(format, block, k - b * 4);
                    int left = BlockFormat.highLeft(format, k - b * 4);
                    int right = BlockFormat.highRight(format);
                    int bits = BlockFormat.highBits(format);
                    for (int j = 0; j < 8; j++) {
                        float v = Fields.input(x, norm, normAt, 8 * k + j, flags);
                        inputs += v;
                        products += Fields.wide(words, word, 4 * j, high, left - j * bits, right) * v;
                    }
                }
                if (format == BlockFormat.FIVE) {
                    sum += products * scales.get((group * blocks + b) * 16 + lane);
                } else if (format == BlockFormat.FIVE_MINIMUM) {
                    float scale = Fields.half(words, block + 5 * 16, 16);
                    float minimum = Fields.half(words, block + 5 * 16, 0);
                    sum += ((minimum + scale * 16f) * inputs + products * scale) * Fields.HALF_UNIT;
                } else if (format == BlockFormat.FIVE_SUPER) {
                    int at = BlockFormat.scaleWordAt(format, group, blocks, b) + ((b & 7) >> 1) * 16 + lane;
                    int factors = (group * (blocks >> 3) + (b >> 3)) * 32 + lane;
                    float scale = Fields.six(words, at, 16 * (b & 1)) * scales.get(factors);
                    float minimum = Fields.six(words, at, 16 * (b & 1) + 8) * scales.get(factors + 16);
                    sum += products * scale + (scale * 16f - minimum) * inputs;
                } else {
                    int at = BlockFormat.scaleWordAt(format, group, blocks, b) + ((half & 15) >> 2) * 16 + lane;
                    int factor = (group * (blocks >> 3) + (b >> 3)) * 16 + lane;
                    sum += products * (Fields.signed(words, at, 24 - 8 * (half & 3), 24) * scales.get(factor));
                }
            }
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
