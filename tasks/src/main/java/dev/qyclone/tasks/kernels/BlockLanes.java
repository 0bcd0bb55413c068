package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.vectors.Float16;

/**
 * What an item of {@link BlockProducts} does, for kernels that hold two of them; arguments are those kernels'. The methods are larger than
 * what TornadoVM inlines by itself, see {@code dev.qyclone.tasks.InliningLimits}: hence those kernels hold the same and call none of them.
 * In any role but those of gates and ups.
 */
final class BlockLanes {
    private BlockLanes() {
    }

    /** Sixteen rows of weights of eight bits. */
    static void bytes(
            FloatArray x, FloatArray norm, IntArray words, FloatArray scales, FloatArray bias, FloatArray out, int slice, int g, int rows,
            int cols, int outAt, int flags, float eps) {
        int group = slice * ((rows + 15) >> 4) + g;
        int normAt = slice * cols;
        int blocks = cols >> 5;
        Float16 sum = Vectors.splat(0f);
        for (int b = 0; b < blocks; b++) {
            int block = group * blocks + b;
            Float16 part = Vectors.splat(0f);
            for (int k = b * 8; k < b * 8 + 8; k++) {
                int at = (group * blocks * 8 + k) * 16;
                int i = 4 * k;
                for (int j = 0; j < 4; j++) {
                    Float16 w = FieldLanes.signed(words, at, 24 - 8 * j, 24);
                    part = Vectors.addProduct(part, w, Vectors.splat(Fields.input(x, norm, normAt, i + j, flags)));
                }
            }
            sum = Vectors.addProduct(sum, part, FieldLanes.floats(scales, block * 16));
        }
        keep(x, out, sum, bias, slice, g, rows, cols, outAt, flags, eps);
    }

    /** Sixteen rows of weights of four bits. */
    static void nibbles(
            FloatArray x, FloatArray norm, IntArray words, FloatArray scales, FloatArray bias, FloatArray out, int slice, int g, int rows,
            int cols, int outAt, int flags, float eps) {
        int group = slice * ((rows + 15) >> 4) + g;
        int normAt = slice * cols;
        int format = flags >> Role.FORMAT_SHIFT;
        int blocks = cols >> 5;
        Float16 sum = Vectors.splat(0f);
        for (int b = 0; b < blocks; b++) {
            int block = BlockFormat.wordAt(format, group, blocks, b);
            Float16 part = Vectors.splat(0f);
            float inputs = 0f;
            for (int k = b * 4; k < b * 4 + 4; k++) {
                int at = block + (k - b * 4) * 16;
                int i = 8 * k;
                for (int j = 0; j < 8; j++) {
                    float v = Fields.input(x, norm, normAt, i + j, flags);
                    inputs += v;
                    part = Vectors.addProduct(part, FieldLanes.signed(words, at, 28 - 4 * j, 28), Vectors.splat(v));
                }
            }
            if (format == BlockFormat.FOUR) {
                sum = Vectors.addProduct(sum, part, FieldLanes.floats(scales, (group * blocks + b) * 16));
            } else if (format == BlockFormat.FOUR_MINIMUM) {
                Float16 scale = FieldLanes.half(words, block + 4 * 16, 16);
                Float16 minimum = FieldLanes.half(words, block + 4 * 16, 0);
                sum = BlockScales.addMinimum(sum, part, inputs, scale, minimum, 8f);
            } else if (format == BlockFormat.FOUR_SUPER) {
                int at = BlockFormat.scaleWordAt(format, group, blocks, b);
                int factors = (group * (blocks >> 3) + (b >> 3)) * 32;
                Float16 scale = BlockScales.superFactor(words, at, scales, factors, b, 0);
                Float16 minimum = BlockScales.superFactor(words, at, scales, factors + 16, b, 8);
                sum = BlockScales.addSuper(sum, part, inputs, scale, minimum, 8f);
            }
        }
        keep(x, out, sum, bias, slice, g, rows, cols, outAt, flags, eps);
    }

    /** Sixteen rows of weights of five or six bits. */
    static void wide(
            FloatArray x, FloatArray norm, IntArray words, FloatArray scales, FloatArray bias, FloatArray out, int slice, int g, int rows,
            int cols, int outAt, int flags, float eps) {
        int group = slice * ((rows + 15) >> 4) + g;
        int normAt = slice * cols;
        int format = flags >> Role.FORMAT_SHIFT;
        int blocks = cols >> 5;
        Float16 sum = Vectors.splat(0f);
        for (int b = 0; b < blocks; b++) {
            int block = BlockFormat.wordAt(format, group, blocks, b);
            for (int half = b * 2; half < b * 2 + 2; half++) {
                Float16 part = Vectors.splat(0f);
                float inputs = 0f;
                for (int k = half * 2; k < half * 2 + 2; k++) {
                    int at = block + (k - b * 4) * 16;
                    int i = 8 * k;
                    int high = BlockFormat.highAt(format, block, k - b * 4);
                    int left = BlockFormat.highLeft(format, k - b * 4);
                    int right = BlockFormat.highRight(format);
                    int step = BlockFormat.highBits(format);
                    for (int j = 0; j < 8; j++) {
                        float v = Fields.input(x, norm, normAt, i + j, flags);
                        inputs += v;
                        Float16 q = FieldLanes.wide(words, at, 4 * j, high, left - j * step, right);
                        part = Vectors.addProduct(part, q, Vectors.splat(v));
                    }
                }
                if (format == BlockFormat.FIVE) {
                    sum = Vectors.addProduct(sum, part, FieldLanes.floats(scales, (group * blocks + b) * 16));
                } else if (format == BlockFormat.FIVE_MINIMUM) {
                    Float16 scale = FieldLanes.half(words, block + 5 * 16, 16);
                    Float16 minimum = FieldLanes.half(words, block + 5 * 16, 0);
                    sum = BlockScales.addMinimum(sum, part, inputs, scale, minimum, 16f);
                } else if (format == BlockFormat.FIVE_SUPER) {
                    int at = BlockFormat.scaleWordAt(format, group, blocks, b);
                    int factors = (group * (blocks >> 3) + (b >> 3)) * 32;
                    Float16 scale = BlockScales.superFactor(words, at, scales, factors, b, 0);
                    Float16 minimum = BlockScales.superFactor(words, at, scales, factors + 16, b, 8);
                    sum = BlockScales.addSuper(sum, part, inputs, scale, minimum, 16f);
                } else {
                    int at = BlockFormat.scaleWordAt(format, group, blocks, b);
                    Float16 scale = BlockScales.sixFactor(words, at, scales, (group * (blocks >> 3) + (b >> 3)) * 16, half);
                    sum = Vectors.addProduct(sum, part, scale);
                }
            }
        }
        keep(x, out, sum, bias, slice, g, rows, cols, outAt, flags, eps);
    }

    private static void keep(
            FloatArray x, FloatArray out, Float16 sums, FloatArray bias, int slice, int g, int rows, int cols, int outAt, int flags,
            float eps) {
        Float16 sum = Float16.mult(sums, Vectors.splat(Results.factor(x, cols, eps, flags)));
        int row = g * 16;
        Results.keepFour(out, outAt, row, rows, sum.getS0(), sum.getS1(), sum.getS2(), sum.getS3(), bias, slice, flags);
        Results.keepFour(out, outAt, row + 4, rows, sum.getS4(), sum.getS5(), sum.getS6(), sum.getS7(), bias, slice, flags);
        Results.keepFour(out, outAt, row + 8, rows, sum.getS8(), sum.getS9(), sum.getS10(), sum.getS11(), bias, slice, flags);
        Results.keepFour(out, outAt, row + 12, rows, sum.getS12(), sum.getS13(), sum.getS14(), sum.getS15(), bias, slice, flags);
    }
}
