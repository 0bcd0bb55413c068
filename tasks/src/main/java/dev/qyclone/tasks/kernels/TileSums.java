package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.vectors.Float4;

/** The sums of {@link TileProducts}, four rows of one token in a vector, and what becomes of them. */
final class TileSums {
    private TileSums() {
    }

    static Float4 splat(float v) {
        return new Float4(v, v, v, v);
    }

    /** sum + a · b. */
    static Float4 addProduct(Float4 sum, Float4 a, Float4 b) {
        return Float4.add(sum, Float4.mult(a, b));
    }

    /** Rows {@code row} to {@code row + 3}, as {@link Results#keep} has them; nothing of a token behind the last. */
    static void keep(
            FloatArray out, int token, int tokens, int row, int rows, int firstRow, int width, Float4 v, FloatArray bias, int slice,
            int flags) {
        if (token < tokens) {
            int outAt = token * width + firstRow;
            int biasAt = slice * width + firstRow;
            Results.keep(out, outAt, row, rows, v.getX(), bias, biasAt, flags);
            Results.keep(out, outAt, row + 1, rows, v.getY(), bias, biasAt, flags);
            Results.keep(out, outAt, row + 2, rows, v.getZ(), bias, biasAt, flags);
            Results.keep(out, outAt, row + 3, rows, v.getW(), bias, biasAt, flags);
        }
    }

    /** The same of gates and their ups. */
    static void keepGated(
            FloatArray out, int token, int tokens, int row, int rows, int firstRow, int width, Float4 gates, Float4 ups) {
        if (token < tokens) {
            int outAt = token * width + firstRow;
            Results.keepGated(out, outAt, row, rows, gates.getX(), ups.getX());
            Results.keepGated(out, outAt, row + 1, rows, gates.getY(), ups.getY());
            Results.keepGated(out, outAt, row + 2, rows, gates.getZ(), ups.getZ());
            Results.keepGated(out, outAt, row + 3, rows, gates.getW(), ups.getW());
        }
    }
}
