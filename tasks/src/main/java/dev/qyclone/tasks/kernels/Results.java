package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.vectors.Float16;

/** How every product begins and ends: the layer, the norm's factor, and what {@link Role} says of the result. */
final class Results {
    private Results() {
    }

    /** Which slice of the stacked weights is meant. */
    static int slice(IntArray cursor, IntArray layers, int flags) {
        int cell = Cursor.NEXT;
        if ((flags & Role.CURRENT_LAYER) != 0) {
            cell = Cursor.CURRENT;
        }
        return layers.get(cursor.get(cell) * Layers.INTS + Layers.SLICE);
    }

    /** 1 / sqrt(mean(x²) + eps), or 1 where nothing is normed. */
    static float factor(FloatArray x, int cols, float eps, int flags) {
        float factor = 1f;
        if ((flags & Role.NORMED) != 0) {
            int whole = (cols >> 4) << 4;
            Float16 squares = Vectors.splat(0f);
            for (int i = 0; i < whole; i += 16) {
                Float16 v = FieldLanes.floats(x, i);
                squares = Vectors.addProduct(squares, v, v);
            }
            float sum = squares.getS0() + squares.getS1() + squares.getS2() + squares.getS3()
                    + squares.getS4() + squares.getS5() + squares.getS6() + squares.getS7()
                    + squares.getS8() + squares.getS9() + squares.getS10() + squares.getS11()
                    + squares.getS12() + squares.getS13() + squares.getS14() + squares.getS15();
            for (int i = whole; i < cols; i++) {
                sum += x.get(i) * x.get(i);
            }
            factor = 1f / TornadoMath.sqrt(sum / cols + eps);
        }
        return factor;
    }

    /** One row's result. {@code row} within the matrix, {@code biasAt} where the layer's biases begin. */
    static void keep(FloatArray out, int outAt, int row, int rows, float value, FloatArray bias, int biasAt, int flags) {
        if (row < rows) {
            float result = value;
            if ((flags & Role.BIASED) != 0) {
                result = result + bias.get(biasAt + row);
            }
            if ((flags & Role.ADDED) != 0) {
                result = result + out.get(outAt + row);
            }
            if ((flags & Role.GATING) != 0) {
                float gate = out.get(outAt + row);
                result = result * gate / (1f + TornadoMath.exp(-gate));
            }
            out.set(outAt + row, result);
        }
    }

    /** One gate and its up; {@code row} of {@code rows} results. */
    static void keepGated(FloatArray out, int outAt, int row, int rows, float gate, float up) {
        if (row < rows) {
            out.set(outAt + row, gate / (1f + TornadoMath.exp(-gate)) * up);
        }
    }

    /** The results of a group whose rows 0 to 7 are gates and 8 to 15 ups; nothing in other roles. */
    static void keepGates(FloatArray out, int outAt, int group, int rows, Float16 v, int flags) {
        if ((flags & Role.GATED) != 0) {
            int row = group * 8;
            int results = rows >> 1;
            keepGated(out, outAt, row, results, v.getS0(), v.getS8());
            keepGated(out, outAt, row + 1, results, v.getS1(), v.getS9());
            keepGated(out, outAt, row + 2, results, v.getS2(), v.getS10());
            keepGated(out, outAt, row + 3, results, v.getS3(), v.getS11());
            keepGated(out, outAt, row + 4, results, v.getS4(), v.getS12());
            keepGated(out, outAt, row + 5, results, v.getS5(), v.getS13());
            keepGated(out, outAt, row + 6, results, v.getS6(), v.getS14());
            keepGated(out, outAt, row + 7, results, v.getS7(), v.getS15());
        }
    }

    /**
     * The results of rows {@code row} to {@code row + 3}; nothing in role {@link Role#GATED}. Not sixteen rows at once, because TornadoVM
     * inlines no large method.
     */
    static void keepFour(
            FloatArray out, int outAt, int row, int rows, float v0, float v1, float v2, float v3, FloatArray bias, int slice, int flags) {
        if ((flags & Role.GATED) == 0) {
            int biasAt = slice * rows;
            keep(out, outAt, row, rows, v0, bias, biasAt, flags);
            keep(out, outAt, row + 1, rows, v1, bias, biasAt, flags);
            keep(out, outAt, row + 2, rows, v2, bias, biasAt, flags);
            keep(out, outAt, row + 3, rows, v3, bias, biasAt, flags);
        }
    }
}
