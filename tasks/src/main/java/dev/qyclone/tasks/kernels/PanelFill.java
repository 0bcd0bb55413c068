package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.vectors.Float16;

/**
 * Packed matrices as panels of floats, (panels, cols, lanes), for products of many tokens: the running layer's, one item for each 32
 * columns of sixteen rows. {@code format} is {@link BlockFormat}'s, {@code place} {@link Panels}', {@code firstRow} where in the
 * panels the matrix begins.
 */
public final class PanelFill {
    private PanelFill() {
    }

    /** From floats. */
    public static void fromFloats(
            IntArray cursor, int cell, IntArray layers, IntArray words, FloatArray scales, FloatArray panels, int items, int rows, int cols,
            int format, int place, int firstRow) {
        for (@Parallel int item = 0; item < items; item++) {
            int slice = layers.get(cursor.get(cell) * Layers.INTS + Layers.SLICE);
            int blocks = (cols + 31) >> 5;
            int g = item / blocks;
            int b = item - g * blocks;
            int group = slice * ((rows + 15) >> 4) + g;
            for (int i = b * 32; i < b * 32 + 32; i++) {
                if (i < cols) {
                    Float16 w = FieldLanes.floats(scales, (group * cols + i) * 16);
                    Panels.setLower(panels, g, i, w, rows, cols, place, firstRow);
                    Panels.setUpper(panels, g, i, w, rows, cols, place, firstRow);
                }
            }
        }
    }

    /** From halves. */
    public static void fromHalves(
            IntArray cursor, int cell, IntArray layers, IntArray words, FloatArray scales, FloatArray panels, int items, int rows, int cols,
            int format, int place, int firstRow) {
        for (@Parallel int item = 0; item < items; item++) {
            int slice = layers.get(cursor.get(cell) * Layers.INTS + Layers.SLICE);
            int blocks = (cols + 31) >> 5;
            int g = item / blocks;
            int b = item - g * blocks;
            int group = slice * ((rows + 15) >> 4) + g;
            for (int i = b * 16; i < b * 16 + 16; i++) {
                int at = (group * ((cols + 1) >> 1) + i) * 16;
                if (2 * i < cols) {
                    Float16 even = Float16.mult(FieldLanes.half(words, at, 16), Vectors.splat(Fields.HALF_UNIT));
                    Panels.setLower(panels, g, 2 * i, even, rows, cols, place, firstRow);
                    Panels.setUpper(panels, g, 2 * i, even, rows, cols, place, firstRow);
                }
                if (2 * i + 1 < cols) {
                    Float16 odd = Float16.mult(FieldLanes.half(words, at, 0), Vectors.splat(Fields.HALF_UNIT));
                    Panels.setLower(panels, g, 2 * i + 1, odd, rows, cols, place, firstRow);
                    Panels.setUpper(panels, g, 2 * i + 1, odd, rows, cols, place, firstRow);
                }
            }
        }
    }

    /** From brain floats. */
    public static void fromRelative(
            IntArray cursor, int cell, IntArray layers, IntArray words, FloatArray scales, FloatArray panels, int items, int rows, int cols,
            int format, int place, int firstRow) {
        for (@Parallel int item = 0; item < items; item++) {
            int slice = layers.get(cursor.get(cell) * Layers.INTS + Layers.SLICE);
            int blocks = (cols + 31) >> 5;
            int g = item / blocks;
            int b = item - g * blocks;
            int group = slice * ((rows + 15) >> 4) + g;
            Float16 scale = Float16.mult(FieldLanes.floats(scales, (group * blocks + b) * 16), Vectors.splat(Fields.RELATIVE_UNIT));
            for (int i = b * 16; i < b * 16 + 16; i++) {
                int at = (group * blocks * 16 + i) * 16;
                if (2 * i < cols) {
                    Float16 even = Float16.mult(FieldLanes.relative(words, at, 16), scale);
                    Panels.setLower(panels, g, 2 * i, even, rows, cols, place, firstRow);
                    Panels.setUpper(panels, g, 2 * i, even, rows, cols, place, firstRow);
                }
                if (2 * i + 1 < cols) {
                    Float16 odd = Float16.mult(FieldLanes.relative(words, at, 0), scale);
                    Panels.setLower(panels, g, 2 * i + 1, odd, rows, cols, place, firstRow);
                    Panels.setUpper(panels, g, 2 * i + 1, odd, rows, cols, place, firstRow);
                }
            }
        }
    }

    /** From bytes. */
    public static void fromBytes(
            IntArray cursor, int cell, IntArray layers, IntArray words, FloatArray scales, FloatArray panels, int items, int rows, int cols,
            int format, int place, int firstRow) {
        for (@Parallel int item = 0; item < items; item++) {
            int slice = layers.get(cursor.get(cell) * Layers.INTS + Layers.SLICE);
            int blocks = (cols + 31) >> 5;
            int g = item / blocks;
            int b = item - g * blocks;
            int group = slice * ((rows + 15) >> 4) + g;
            Float16 scale = FieldLanes.floats(scales, (group * blocks + b) * 16);
            for (int k = b * 8; k < b * 8 + 8; k++) {
                int at = (group * blocks * 8 + k) * 16;
                for (int j = 0; j < 4; j++) {
                    Float16 w = Float16.mult(FieldLanes.signed(words, at, 24 - 8 * j, 24), scale);
                    Panels.setLower(panels, g, 4 * k + j, w, rows, cols, place, firstRow);
                    Panels.setUpper(panels, g, 4 * k + j, w, rows, cols, place, firstRow);
                }
            }
        }
    }

    /** From four bits. */
    public static void fromNibbles(
            IntArray cursor, int cell, IntArray layers, IntArray words, FloatArray scales, FloatArray panels, int items, int rows, int cols,
            int format, int place, int firstRow) {
        for (@Parallel int item = 0; item < items; item++) {
            int slice = layers.get(cursor.get(cell) * Layers.INTS + Layers.SLICE);
            int blocks = (cols + 31) >> 5;
            int g = item / blocks;
            int b = item - g * blocks;
            int group = slice * ((rows + 15) >> 4) + g;
            int block = BlockFormat.wordAt(format, group, blocks, b);
            Float16 scale = Vectors.splat(0f);
            Float16 offset = Vectors.splat(0f);
            if (format == BlockFormat.FOUR) {
                scale = FieldLanes.floats(scales, (group * blocks + b) * 16);
            } else if (format == BlockFormat.FOUR_MINIMUM) {
                scale = Float16.mult(FieldLanes.half(words, block + 4 * 16, 16), Vectors.splat(Fields.HALF_UNIT));
                offset = Float16.mult(FieldLanes.half(words, block + 4 * 16, 0), Vectors.splat(Fields.HALF_UNIT));
                offset = Vectors.addProduct(offset, scale, Vectors.splat(8f));
            } else if (format == BlockFormat.FOUR_SUPER) {
                int at = BlockFormat.scaleWordAt(format, group, blocks, b);
                int factors = (group * (blocks >> 3) + (b >> 3)) * 32;
                scale = BlockScales.superFactor(words, at, scales, factors, b, 0);
                Float16 minimum = BlockScales.superFactor(words, at, scales, factors + 16, b, 8);
                offset = Float16.sub(Float16.mult(scale, Vectors.splat(8f)), minimum);
            }
            for (int k = b * 4; k < b * 4 + 4; k++) {
                int at = block + (k - b * 4) * 16;
                for (int j = 0; j < 8; j++) {
                    Float16 w = Vectors.addProduct(offset, FieldLanes.signed(words, at, 28 - 4 * j, 28), scale);
                    Panels.setLower(panels, g, 8 * k + j, w, rows, cols, place, firstRow);
                    Panels.setUpper(panels, g, 8 * k + j, w, rows, cols, place, firstRow);
                }
            }
        }
    }

    /** From five or six bits. */
    public static void fromWide(
            IntArray cursor, int cell, IntArray layers, IntArray words, FloatArray scales, FloatArray panels, int items, int rows, int cols,
            int format, int place, int firstRow) {
        for (@Parallel int item = 0; item < items; item++) {
            int slice = layers.get(cursor.get(cell) * Layers.INTS + Layers.SLICE);
            int blocks = (cols + 31) >> 5;
            int g = item / blocks;
            int b = item - g * blocks;
            int group = slice * ((rows + 15) >> 4) + g;
            int block = BlockFormat.wordAt(format, group, blocks, b);
            for (int half = b * 2; half < b * 2 + 2; half++) {
                Float16 scale = Vectors.splat(0f);
                Float16 offset = Vectors.splat(0f);
                if (format == BlockFormat.FIVE) {
                    scale = FieldLanes.floats(scales, (group * blocks + b) * 16);
                } else if (format == BlockFormat.FIVE_MINIMUM) {
                    scale = Float16.mult(FieldLanes.half(words, block + 5 * 16, 16), Vectors.splat(Fields.HALF_UNIT));
                    offset = Float16.mult(FieldLanes.half(words, block + 5 * 16, 0), Vectors.splat(Fields.HALF_UNIT));
                    offset = Vectors.addProduct(offset, scale, Vectors.splat(16f));
                } else if (format == BlockFormat.FIVE_SUPER) {
                    int at = BlockFormat.scaleWordAt(format, group, blocks, b);
                    int factors = (group * (blocks >> 3) + (b >> 3)) * 32;
                    scale = BlockScales.superFactor(words, at, scales, factors, b, 0);
                    Float16 minimum = BlockScales.superFactor(words, at, scales, factors + 16, b, 8);
                    offset = Float16.sub(Float16.mult(scale, Vectors.splat(16f)), minimum);
                } else {
                    int at = BlockFormat.scaleWordAt(format, group, blocks, b);
                    scale = BlockScales.sixFactor(words, at, scales, (group * (blocks >> 3) + (b >> 3)) * 16, half);
                }
                for (int k = half * 2; k < half * 2 + 2; k++) {
                    int at = block + (k - b * 4) * 16;
                    int high = BlockFormat.highAt(format, block, k - b * 4);
                    int left = BlockFormat.highLeft(format, k - b * 4);
                    int right = BlockFormat.highRight(format);
                    int bits = BlockFormat.highBits(format);
                    for (int j = 0; j < 8; j++) {
                        Float16 q = FieldLanes.wide(words, at, 4 * j, high, left - j * bits, right);
                        Float16 w = Vectors.addProduct(offset, q, scale);
                        Panels.setLower(panels, g, 8 * k + j, w, rows, cols, place, firstRow);
                        Panels.setUpper(panels, g, 8 * k + j, w, rows, cols, place, firstRow);
                    }
                }
            }
        }
    }
}
