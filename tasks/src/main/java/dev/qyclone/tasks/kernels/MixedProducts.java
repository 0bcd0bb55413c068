package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Two matrices of blocks below each other by items for sixteen rows, as {@link BlockProducts} are; the first's weights have as many bits as
 * the second's, or fewer. Arguments as in {@link PlainProducts}, the second matrix' behind those of the first; {@code groups} of both.
 * Items of the second, which take longer, are spread evenly among those of the first, since a CPU's thread gets neighbours.
 *
 * <p>What both branches would read first is read before them: Graal takes the beginning that two branches share out of both, and TornadoVM
 * then does not know the rest of the read.
 */
public final class MixedProducts {
    private MixedProducts() {
    }

    /** Weights of four bits, and others of four. */
    public static void nibblesAndNibbles(
            IntArray cursor, IntArray layers, FloatArray x, FloatArray norm, IntArray words, FloatArray scales, FloatArray bias,
            IntArray otherWords, FloatArray otherScales, FloatArray otherBias, FloatArray out, int groups, int rows, int otherRows,
            int cols, int outAt, int otherAt, int flags, int otherFlags, float eps) {
        for (@Parallel int g = 0; g < groups; g++) {
            int slice = Results.slice(cursor, layers, flags);
            int others = (otherRows + 15) >> 4;
            int other = g * others / groups;
            if ((g + 1) * others / groups == other) {
                BlockLanes.nibbles(x, norm, words, scales, bias, out, slice, g - other, rows, cols, outAt, flags, eps);
            } else {
                BlockLanes.nibbles(x, norm, otherWords, otherScales, otherBias, out, slice, other, otherRows, cols, otherAt,
                        otherFlags, eps);
            }
        }
    }

    /** Weights of four bits, and weights of five or six. */
    public static void nibblesAndWide(
            IntArray cursor, IntArray layers, FloatArray x, FloatArray norm, IntArray words, FloatArray scales, FloatArray bias,
            IntArray otherWords, FloatArray otherScales, FloatArray otherBias, FloatArray out, int groups, int rows, int otherRows,
            int cols, int outAt, int otherAt, int flags, int otherFlags, float eps) {
        for (@Parallel int g = 0; g < groups; g++) {
            int slice = Results.slice(cursor, layers, flags);
            int others = (otherRows + 15) >> 4;
            int other = g * others / groups;
            if ((g + 1) * others / groups == other) {
                BlockLanes.nibbles(x, norm, words, scales, bias, out, slice, g - other, rows, cols, outAt, flags, eps);
            } else {
                BlockLanes.wide(x, norm, otherWords, otherScales, otherBias, out, slice, other, otherRows, cols, otherAt, otherFlags, eps);
            }
        }
    }

    /** Weights of four bits, and weights of eight. */
    public static void nibblesAndBytes(
            IntArray cursor, IntArray layers, FloatArray x, FloatArray norm, IntArray words, FloatArray scales, FloatArray bias,
            IntArray otherWords, FloatArray otherScales, FloatArray otherBias, FloatArray out, int groups, int rows, int otherRows,
            int cols, int outAt, int otherAt, int flags, int otherFlags, float eps) {
        for (@Parallel int g = 0; g < groups; g++) {
            int slice = Results.slice(cursor, layers, flags);
            int others = (otherRows + 15) >> 4;
            int other = g * others / groups;
            if ((g + 1) * others / groups == other) {
                BlockLanes.nibbles(x, norm, words, scales, bias, out, slice, g - other, rows, cols, outAt, flags, eps);
            } else {
                BlockLanes.bytes(x, norm, otherWords, otherScales, otherBias, out, slice, other, otherRows, cols, otherAt, otherFlags, eps);
            }
        }
    }

    /** Weights of five or six bits, and weights of five or six. */
    public static void wideAndWide(
            IntArray cursor, IntArray layers, FloatArray x, FloatArray norm, IntArray words, FloatArray scales, FloatArray bias,
            IntArray otherWords, FloatArray otherScales, FloatArray otherBias, FloatArray out, int groups, int rows, int otherRows,
            int cols, int outAt, int otherAt, int flags, int otherFlags, float eps) {
        for (@Parallel int g = 0; g < groups; g++) {
            int slice = Results.slice(cursor, layers, flags);
            int others = (otherRows + 15) >> 4;
            int other = g * others / groups;
            if ((g + 1) * others / groups == other) {
                BlockLanes.wide(x, norm, words, scales, bias, out, slice, g - other, rows, cols, outAt, flags, eps);
            } else {
                BlockLanes.wide(x, norm, otherWords, otherScales, otherBias, out, slice, other, otherRows, cols, otherAt, otherFlags, eps);
            }
        }
    }

    /** Weights of five or six bits, and weights of eight. */
    public static void wideAndBytes(
            IntArray cursor, IntArray layers, FloatArray x, FloatArray norm, IntArray words, FloatArray scales, FloatArray bias,
            IntArray otherWords, FloatArray otherScales, FloatArray otherBias, FloatArray out, int groups, int rows, int otherRows,
            int cols, int outAt, int otherAt, int flags, int otherFlags, float eps) {
        for (@Parallel int g = 0; g < groups; g++) {
            int slice = Results.slice(cursor, layers, flags);
            int others = (otherRows + 15) >> 4;
            int other = g * others / groups;
            if ((g + 1) * others / groups == other) {
                BlockLanes.wide(x, norm, words, scales, bias, out, slice, g - other, rows, cols, outAt, flags, eps);
            } else {
                BlockLanes.bytes(x, norm, otherWords, otherScales, otherBias, out, slice, other, otherRows, cols, otherAt, otherFlags, eps);
            }
        }
    }
}
