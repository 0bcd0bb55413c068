package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * out = matrix · x, one item for one row, scalar, without local memory: what TornadoVM's way to FPGAs takes (docs/tornado.md says what
 * that is). Arguments as in {@link PlainProducts}, but for what {@link RowSizes} holds and {@code eps} in an array of one.
 *
 * <p>{@code items} is the loop's bound and nothing else, and may be larger than the number of results: for FPGAs TornadoVM leaves the
 * outermost loop out, with its condition, so that what an item may write is said inside.
 */
public final class RowProducts {
    private RowProducts() {
    }

    /** Floats, in {@code scales}. */
    public static void floatRows(
            IntArray cursor, IntArray layers, IntArray sizes, FloatArray eps, FloatArray x, FloatArray norm, IntArray words,
            FloatArray scales, FloatArray bias, FloatArray out, int items) {
        for (@Parallel int item = 0; item < items; item++) {
            int rows = sizes.get(RowSizes.ROWS);
            int cols = sizes.get(RowSizes.COLS);
            int flags = sizes.get(RowSizes.FLAGS);
            if (item < RowSums.results(rows, flags)) {
                int slice = Results.slice(cursor, layers, flags);
                int row = RowSums.row(item, flags);
                int group = slice * ((rows + 15) >> 4) + (row >> 4);
                float factor = RowSums.factor(x, cols, eps.get(0), flags);
                float sum = RowSums.floats(x, norm, slice * cols, scales, group, row & 15, cols, flags);
                float up = 0f;
                if ((flags & Role.GATED) != 0) {
                    up = RowSums.floats(x, norm, slice * cols, scales, group, (row & 15) + 8, cols, flags);
                }
                RowSums.keep(out, sizes.get(RowSizes.OUT_AT), item, rows, sum * factor, up * factor, bias, slice, flags);
            }
        }
    }

    /** Halves, two in a word. */
    public static void halfRows(
            IntArray cursor, IntArray layers, IntArray sizes, FloatArray eps, FloatArray x, FloatArray norm, IntArray words,
            FloatArray scales, FloatArray bias, FloatArray out, int items) {
        for (@Parallel int item = 0; item < items; item++) {
            int rows = sizes.get(RowSizes.ROWS);
            int cols = sizes.get(RowSizes.COLS);
            int flags = sizes.get(RowSizes.FLAGS);
            if (item < RowSums.results(rows, flags)) {
                int slice = Results.slice(cursor, layers, flags);
                int row = RowSums.row(item, flags);
                int group = slice * ((rows + 15) >> 4) + (row >> 4);
                float factor = RowSums.factor(x, cols, eps.get(0), flags);
                float sum = RowSums.halves(x, norm, slice * cols, words, group, row & 15, cols, flags);
                float up = 0f;
                if ((flags & Role.GATED) != 0) {
                    up = RowSums.halves(x, norm, slice * cols, words, group, (row & 15) + 8, cols, flags);
                }
                RowSums.keep(out, sizes.get(RowSizes.OUT_AT), item, rows, sum * factor, up * factor, bias, slice, flags);
            }
        }
    }

    /** Brain floats relative to the largest of their block of 32, two in a word. */
    public static void relativeRows(
            IntArray cursor, IntArray layers, IntArray sizes, FloatArray eps, FloatArray x, FloatArray norm, IntArray words,
            FloatArray scales, FloatArray bias, FloatArray out, int items) {
        for (@Parallel int item = 0; item < items; item++) {
            int rows = sizes.get(RowSizes.ROWS);
            int cols = sizes.get(RowSizes.COLS);
            int flags = sizes.get(RowSizes.FLAGS);
            if (item < RowSums.results(rows, flags)) {
                int slice = Results.slice(cursor, layers, flags);
                int row = RowSums.row(item, flags);
                int group = slice * ((rows + 15) >> 4) + (row >> 4);
                float factor = RowSums.factor(x, cols, eps.get(0), flags);
                float sum = RowSums.relative(x, norm, slice * cols, words, scales, group, row & 15, cols, flags);
                float up = 0f;
                if ((flags & Role.GATED) != 0) {
                    up = RowSums.relative(x, norm, slice * cols, words, scales, group, (row & 15) + 8, cols, flags);
                }
                RowSums.keep(out, sizes.get(RowSizes.OUT_AT), item, rows, sum * factor, up * factor, bias, slice, flags);
            }
        }
    }

    /** Weights of eight bits. */
    public static void byteRows(
            IntArray cursor, IntArray layers, IntArray sizes, FloatArray eps, FloatArray x, FloatArray norm, IntArray words,
            FloatArray scales, FloatArray bias, FloatArray out, int items) {
        for (@Parallel int item = 0; item < items; item++) {
            int rows = sizes.get(RowSizes.ROWS);
            int cols = sizes.get(RowSizes.COLS);
            int flags = sizes.get(RowSizes.FLAGS);
            if (item < RowSums.results(rows, flags)) {
                int slice = Results.slice(cursor, layers, flags);
                int row = RowSums.row(item, flags);
                int group = slice * ((rows + 15) >> 4) + (row >> 4);
                float factor = RowSums.factor(x, cols, eps.get(0), flags);
                float sum = RowSums.bytes(x, norm, slice * cols, words, scales, group, row & 15, cols, flags);
                float up = 0f;
                if ((flags & Role.GATED) != 0) {
                    up = RowSums.bytes(x, norm, slice * cols, words, scales, group, (row & 15) + 8, cols, flags);
                }
                RowSums.keep(out, sizes.get(RowSizes.OUT_AT), item, rows, sum * factor, up * factor, bias, slice, flags);
            }
        }
    }

    /** Weights of four bits. */
    public static void nibbleRows(
            IntArray cursor, IntArray layers, IntArray sizes, FloatArray eps, FloatArray x, FloatArray norm, IntArray words,
            FloatArray scales, FloatArray bias, FloatArray out, int items) {
        for (@Parallel int item = 0; item < items; item++) {
            int rows = sizes.get(RowSizes.ROWS);
            int cols = sizes.get(RowSizes.COLS);
            int flags = sizes.get(RowSizes.FLAGS);
            if (item < RowSums.results(rows, flags)) {
                int slice = Results.slice(cursor, layers, flags);
                int row = RowSums.row(item, flags);
                int group = slice * ((rows + 15) >> 4) + (row >> 4);
                float factor = RowSums.factor(x, cols, eps.get(0), flags);
                float sum = RowSums.nibbles(x, norm, slice * cols, words, scales, group, row & 15, cols, flags);
                float up = 0f;
                if ((flags & Role.GATED) != 0) {
                    up = RowSums.nibbles(x, norm, slice * cols, words, scales, group, (row & 15) + 8, cols, flags);
                }
                RowSums.keep(out, sizes.get(RowSizes.OUT_AT), item, rows, sum * factor, up * factor, bias, slice, flags);
            }
        }
    }

    /** Weights of five or six bits. */
    public static void wideRows(
            IntArray cursor, IntArray layers, IntArray sizes, FloatArray eps, FloatArray x, FloatArray norm, IntArray words,
            FloatArray scales, FloatArray bias, FloatArray out, int items) {
        for (@Parallel int item = 0; item < items; item++) {
            int rows = sizes.get(RowSizes.ROWS);
            int cols = sizes.get(RowSizes.COLS);
            int flags = sizes.get(RowSizes.FLAGS);
            if (item < RowSums.results(rows, flags)) {
                int slice = Results.slice(cursor, layers, flags);
                int row = RowSums.row(item, flags);
                int group = slice * ((rows + 15) >> 4) + (row >> 4);
                float factor = RowSums.factor(x, cols, eps.get(0), flags);
                float sum = RowSums.wide(x, norm, slice * cols, words, scales, group, row & 15, cols, flags);
                float up = 0f;
                if ((flags & Role.GATED) != 0) {
                    up = RowSums.wide(x, norm, slice * cols, words, scales, group, (row & 15) + 8, cols, flags);
                }
                RowSums.keep(out, sizes.get(RowSizes.OUT_AT), item, rows, sum * factor, up * factor, bias, slice, flags);
            }
        }
    }
}
