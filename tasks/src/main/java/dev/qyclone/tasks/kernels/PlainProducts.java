package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat16;
import uk.ac.manchester.tornado.api.types.vectors.Float16;

/**
 * out = matrix · x for weights that are stored one by one, one item for sixteen rows. All product kernels take the same arguments:
 * {@code x} (cols); {@code norm} (slices, cols); {@code words} and {@code scales}, the packed matrices of all slices;
 * {@code bias} (slices, rows); {@code out} from {@code outAt} on; {@code flags} as in {@link Role}. {@code groups} of sixteen rows
 * is the loop's bound and nothing else, because with a grid TornadoVM puts the grid's size in that argument's place.
 */
public final class PlainProducts {
    private PlainProducts() {
    }

    /** Floats, in {@code scales}. */
    public static void floatProduct(
            IntArray cursor, IntArray layers, FloatArray x, FloatArray norm, IntArray words, FloatArray scales, FloatArray bias,
            FloatArray out, int groups, int rows, int cols, int outAt, int flags, float eps) {
        for (@Parallel int g = 0; g < groups; g++) {
            int slice = Results.slice(cursor, layers, flags);
            int group = slice * ((rows + 15) >> 4) + g;
            int normAt = slice * cols;
            VectorFloat16 lanes = new VectorFloat16(scales);
            Float16 sum = Vectors.splat(0f);
            for (int i = 0; i < cols; i++) {
                sum = Vectors.addProduct(sum, lanes.get(group * cols + i), Vectors.splat(Fields.input(x, norm, normAt, i, flags)));
            }
            sum = Float16.mult(sum, Vectors.splat(Results.factor(x, cols, eps, flags)));
            Results.keepGates(out, outAt, g, rows, sum, flags);
            int row = g * 16;
            Results.keepFour(out, outAt, row, rows, sum.getS0(), sum.getS1(), sum.getS2(), sum.getS3(), bias, slice, flags);
            Results.keepFour(out, outAt, row + 4, rows, sum.getS4(), sum.getS5(), sum.getS6(), sum.getS7(), bias, slice, flags);
            Results.keepFour(out, outAt, row + 8, rows, sum.getS8(), sum.getS9(), sum.getS10(), sum.getS11(), bias, slice, flags);
            Results.keepFour(out, outAt, row + 12, rows, sum.getS12(), sum.getS13(), sum.getS14(), sum.getS15(), bias, slice, flags);
        }
    }

    /** Halves, two in a word. */
    public static void halfProduct(
            IntArray cursor, IntArray layers, FloatArray x, FloatArray norm, IntArray words, FloatArray scales, FloatArray bias,
            FloatArray out, int groups, int rows, int cols, int outAt, int flags, float eps) {
        for (@Parallel int g = 0; g < groups; g++) {
            int slice = Results.slice(cursor, layers, flags);
            int group = slice * ((rows + 15) >> 4) + g;
            int normAt = slice * cols;
            int pairs = (cols + 1) >> 1;
            Float16 sum = Vectors.splat(0f);
            for (int i = 0; i < pairs; i++) {
                int at = (group * pairs + i) * 16;
                Float16 even = FieldLanes.half(words, at, 16);
                sum = Vectors.addProduct(sum, even, Vectors.splat(Fields.input(x, norm, normAt, 2 * i, flags)));
                Float16 odd = FieldLanes.half(words, at, 0);
                sum = Vectors.addProduct(sum, odd, Vectors.splat(Fields.inputWithin(x, norm, normAt, 2 * i + 1, cols, flags)));
            }
            sum = Float16.mult(sum, Vectors.splat(Fields.HALF_UNIT));
            sum = Float16.mult(sum, Vectors.splat(Results.factor(x, cols, eps, flags)));
            Results.keepGates(out, outAt, g, rows, sum, flags);
            int row = g * 16;
            Results.keepFour(out, outAt, row, rows, sum.getS0(), sum.getS1(), sum.getS2(), sum.getS3(), bias, slice, flags);
            Results.keepFour(out, outAt, row + 4, rows, sum.getS4(), sum.getS5(), sum.getS6(), sum.getS7(), bias, slice, flags);
            Results.keepFour(out, outAt, row + 8, rows, sum.getS8(), sum.getS9(), sum.getS10(), sum.getS11(), bias, slice, flags);
            Results.keepFour(out, outAt, row + 12, rows, sum.getS12(), sum.getS13(), sum.getS14(), sum.getS15(), bias, slice, flags);
        }
    }

    /** Brain floats relative to the largest of their block of 32, two in a word. */
    public static void relativeProduct(
            IntArray cursor, IntArray layers, FloatArray x, FloatArray norm, IntArray words, FloatArray scales, FloatArray bias,
            FloatArray out, int groups, int rows, int cols, int outAt, int flags, float eps) {
        for (@Parallel int g = 0; g < groups; g++) {
            int slice = Results.slice(cursor, layers, flags);
            int group = slice * ((rows + 15) >> 4) + g;
            int normAt = slice * cols;
            int blocks = (cols + 31) >> 5;
            Float16 sum = Vectors.splat(0f);
            for (int b = 0; b < blocks; b++) {
                int at = (group * blocks + b) * 16;
                Float16 part = Vectors.splat(0f);
                for (int i = b * 16; i < b * 16 + 16; i++) {
                    int word = (group * blocks * 16 + i) * 16;
                    Float16 even = FieldLanes.relative(words, word, 16);
                    part = Vectors.addProduct(part, even, Vectors.splat(Fields.inputWithin(x, norm, normAt, 2 * i, cols, flags)));
                    Float16 odd = FieldLanes.relative(words, word, 0);
                    part = Vectors.addProduct(part, odd, Vectors.splat(Fields.inputWithin(x, norm, normAt, 2 * i + 1, cols, flags)));
                }
                part = Float16.mult(part, Vectors.splat(Fields.RELATIVE_UNIT));
                sum = Vectors.addProduct(sum, part, FieldLanes.floats(scales, at));
            }
            sum = Float16.mult(sum, Vectors.splat(Results.factor(x, cols, eps, flags)));
            Results.keepGates(out, outAt, g, rows, sum, flags);
            int row = g * 16;
            Results.keepFour(out, outAt, row, rows, sum.getS0(), sum.getS1(), sum.getS2(), sum.getS3(), bias, slice, flags);
            Results.keepFour(out, outAt, row + 4, rows, sum.getS4(), sum.getS5(), sum.getS6(), sum.getS7(), bias, slice, flags);
            Results.keepFour(out, outAt, row + 8, rows, sum.getS8(), sum.getS9(), sum.getS10(), sum.getS11(), bias, slice, flags);
            Results.keepFour(out, outAt, row + 12, rows, sum.getS12(), sum.getS13(), sum.getS14(), sum.getS15(), bias, slice, flags);
        }
    }
}
