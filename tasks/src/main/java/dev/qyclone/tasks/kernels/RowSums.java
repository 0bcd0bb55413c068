package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * One packed row times a vector, and what {@link RowProducts} do around it. {@code group} counts groups of sixteen rows over all slices;
 * {@code lane} is the row's place in its group. Layouts are those of {@link Fields} and {@link BlockFormat}.
 */
final class RowSums {
    private RowSums() {
    }

    /** How many results a product has: half as many as rows where they are gates and ups. */
    static int results(int rows, int flags) {
        int results = rows;
        if ((flags & Role.GATED) != 0) {
            results = rows >> 1;
        }
        return results;
    }

    /** The row of a result; of its gate where rows are gates and ups, whose ups lie eight rows further. */
    static int row(int result, int flags) {
        int row = result;
        if ((flags & Role.GATED) != 0) {
            row = ((result >> 3) << 4) + (result & 7);
        }
        return row;
    }

    /** 1 / sqrt(mean(x²) + eps), or 1 where nothing is normed. */
    static float factor(FloatArray x, int cols, float eps, int flags) {
        float factor = 1f;
        if ((flags & Role.NORMED) != 0) {
            float squares = 0f;
            for (int i = 0; i < cols; i++) {
                squares += x.get(i) * x.get(i);
            }
            factor = 1f / TornadoMath.sqrt(squares / cols + eps);
        }
        return factor;
    }

    /** The result of a row, or of a gate {@code sum} and its {@code up}. */
    static void keep(
            FloatArray out, int outAt, int result, int rows, float sum, float up, FloatArray bias, int slice, int flags) {
        if ((flags & Role.GATED) == 0) {
            Results.keep(out, outAt, result, rows, sum, bias, slice * rows, flags);
        } else {
            Results.keepGated(out, outAt, result, rows >> 1, sum, up);
        }
    }

    static float floats(FloatArray x, FloatArray norm, int normAt, FloatArray scales, int group, int lane, int cols, int flags) {
        float sum = 0f;
        for (int i = 0; i < cols; i++) {
            sum += scales.get((group * cols + i) * 16 + lane) * Fields.input(x, norm, normAt, i, flags);
        }
        return sum;
    }

    static float halves(FloatArray x, FloatArray norm, int normAt, IntArray words, int group, int lane, int cols, int flags) {
        float sum = 0f;
        int pairs = (cols + 1) >> 1;
        for (int i = 0; i < pairs; i++) {
            int at = (group * pairs + i) * 16 + lane;
            sum += Fields.half(words, at, 16) * Fields.input(x, norm, normAt, 2 * i, flags);
            sum += Fields.half(words, at, 0) * Fields.inputWithin(x, norm, normAt, 2 * i + 1, cols, flags);
        }
        return sum * Fields.HALF_UNIT;
    }

    static float relative(
            FloatArray x, FloatArray norm, int normAt, IntArray words, FloatArray scales, int group, int lane, int cols, int flags) {
        float sum = 0f;
        int blocks = (cols + 31) >> 5;
        for (int b = 0; b < blocks; b++) {
            float block = 0f;
            for (int i = b * 16; i < b * 16 + 16; i++) {
                int at = (group * blocks * 16 + i) * 16 + lane;
                block += Fields.relative(words, at, 16) * Fields.inputWithin(x, norm, normAt, 2 * i, cols, flags);
                block += Fields.relative(words, at, 0) * Fields.inputWithin(x, norm, normAt, 2 * i + 1, cols, flags);
            }
            sum += block * Fields.RELATIVE_UNIT * scales.get((group * blocks + b) * 16 + lane);
        }
        return sum;
    }

    static float bytes(
            FloatArray x, FloatArray norm, int normAt, IntArray words, FloatArray scales, int group, int lane, int cols, int flags) {
        float sum = 0f;
        int blocks = cols >> 5;
        for (int b = 0; b < blocks; b++) {
            float products = 0f;
            for (int i = b * 32; i < b * 32 + 32; i++) {
                int at = (group * blocks * 8 + (i >> 2)) * 16 + lane;
                products += Fields.signed(words, at, 24 - 8 * (i & 3), 24) * Fields.input(x, norm, normAt, i, flags);
            }
            sum += products * scales.get((group * blocks + b) * 16 + lane);
        }
        return sum;
    }

    static float nibbles(
            FloatArray x, FloatArray norm, int normAt, IntArray words, FloatArray scales, int group, int lane, int cols, int flags) {
        int format = flags >> Role.FORMAT_SHIFT;
        float sum = 0f;
        int blocks = cols >> 5;
        for (int b = 0; b < blocks; b++) {
            int block = BlockFormat.wordAt(format, group, blocks, b) + lane;
            float products = 0f;
            float inputs = 0f;
            for (int i = 0; i < 32; i++) {
                float v = Fields.input(x, norm, normAt, b * 32 + i, flags);
                inputs += v;
                products += Fields.signed(words, block + (i >> 3) * 16, 28 - 4 * (i & 7), 28) * v;
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
        return sum;
    }

    static float wide(
            FloatArray x, FloatArray norm, int normAt, IntArray words, FloatArray scales, int group, int lane, int cols, int flags) {
        int format = flags >> Role.FORMAT_SHIFT;
        int bits = BlockFormat.highBits(format);
        float sum = 0f;
        int blocks = cols >> 5;
        for (int half = 0; half < 2 * blocks; half++) {
            int b = half >> 1;
            int block = BlockFormat.wordAt(format, group, blocks, b) + lane;
            float products = 0f;
            float inputs = 0f;
            for (int i = (half & 1) * 16; i < (half & 1) * 16 + 16; i++) {
                // As BlockFormat.highAt and highLeft say, in fewer operations: TornadoVM inlines no large method.
                int high = block + (4 + ((i * bits) >> 5)) * 16;
                int left = 32 - bits - ((i * bits) & 31);
                float v = Fields.input(x, norm, normAt, b * 32 + i, flags);
                inputs += v;
                products += Fields.wide(words, block + (i >> 3) * 16, 4 * (i & 7), high, left, 32 - bits) * v;
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
        return sum;
    }
}
