package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * What {@link TileProducts} decodes: weights of any type as number · scale + offset, where half a block, sixteen columns of a row, has one
 * scale and one offset. {@code half} counts half blocks from the row's beginning; {@code kind} is {@link Elements}' and, as
 * {@code format}, a constant in a kernel's code, so that the other types are not in it. Scales, offsets and numbers are methods of their
 * own, because TornadoVM inlines no method of more than 600 nodes.
 */
final class TileWeights {
    private TileWeights() {
    }

    /** The row of the matrix that lies at a place of a tile. */
    static int row(int rowTile, int place, int places, int rows, int flags) {
        int row = rowTile * places + place;
        if ((flags & Role.GATED) != 0) {
            int result = rowTile * TileProducts.BAND + place % TileProducts.BAND;
            row = ((result >> 3) << 4) + (result & 7) + place / TileProducts.BAND * 8;
        }
        int last = ((rows + 15) >> 4) - 1;
        return (TornadoMath.min(row >> 4, last) << 4) + (row & 15);
    }

    static float scale(IntArray words, FloatArray scales, int kind, int format, int group, int lane, int cols, int half) {
        int blocks = (cols + 31) >> 5;
        int b = half >> 1;
        float scale = 1f;
        if (kind == Elements.HALVES) {
            scale = Fields.HALF_UNIT;
        } else if (kind == Elements.RELATIVE) {
            scale = scales.get((group * blocks + b) * 16 + lane) * Fields.RELATIVE_UNIT;
        } else if (kind == Elements.BYTES || kind > Elements.BYTES && (format == BlockFormat.FOUR || format == BlockFormat.FIVE)) {
            scale = scales.get((group * blocks + b) * 16 + lane);
        } else if (kind > Elements.BYTES && BlockFormat.isSuper(format)) {
            scale = ofSuper(words, scales, format, group, lane, blocks, half);
        } else if (kind > Elements.BYTES) {
            scale = Fields.half(words, minimumAt(format, group, lane, blocks, b), 16) * Fields.HALF_UNIT;
        }
        return scale;
    }

    private static float ofSuper(IntArray words, FloatArray scales, int format, int group, int lane, int blocks, int half) {
        int b = half >> 1;
        int at = BlockFormat.scaleWordAt(format, group, blocks, b) + lane;
        int factors = group * (blocks >> 3) + (b >> 3);
        float scale = 0f;
        if (format == BlockFormat.SIX_SUPER) {
            float field = Fields.signed(words, at + ((half & 15) >> 2) * 16, 24 - 8 * (half & 3), 24);
            scale = field * scales.get(factors * 16 + lane);
        } else {
            scale = Fields.six(words, at + ((b & 7) >> 1) * 16, 16 * (b & 1)) * scales.get(factors * 32 + lane);
        }
        return scale;
    }

    /** @param scale as {@link #scale} says */
    static float offset(
            IntArray words, FloatArray scales, int kind, int format, int group, int lane, int cols, int half, float scale) {
        int blocks = (cols + 31) >> 5;
        int b = half >> 1;
        float middle = 16f;
        if (kind == Elements.NIBBLES) {
            middle = 8f;
        }
        float offset = 0f;
        if (kind > Elements.BYTES && (format == BlockFormat.FOUR_MINIMUM || format == BlockFormat.FIVE_MINIMUM)) {
            float minimum = Fields.half(words, minimumAt(format, group, lane, blocks, b), 0);
            offset = minimum * Fields.HALF_UNIT + scale * middle;
        } else if (kind > Elements.BYTES && (format == BlockFormat.FOUR_SUPER || format == BlockFormat.FIVE_SUPER)) {
            int at = BlockFormat.scaleWordAt(format, group, blocks, b) + ((b & 7) >> 1) * 16 + lane;
            int factors = (group * (blocks >> 3) + (b >> 3)) * 32 + lane;
            offset = scale * middle - Fields.six(words, at, 16 * (b & 1) + 8) * scales.get(factors + 16);
        }
        return offset;
    }

    private static int minimumAt(int format, int group, int lane, int blocks, int b) {
        return BlockFormat.wordAt(format, group, blocks, b) + (BlockFormat.blockWords(format) - 1) * 16 + lane;
    }

    /** The number of the half block's column i. */
    static float number(IntArray words, FloatArray scales, int kind, int format, int group, int lane, int cols, int half, int i) {
        int blocks = (cols + 31) >> 5;
        int column = half * 16 + i;
        float number = 0f;
        if (kind == Elements.FLOATS) {
            number = scales.get((group * cols + column) * 16 + lane);
        } else if (kind == Elements.HALVES) {
            number = Fields.half(words, (group * ((cols + 1) >> 1) + (column >> 1)) * 16 + lane, 16 - 16 * (i & 1));
        } else if (kind == Elements.RELATIVE) {
            number = Fields.relative(words, (group * blocks * 16 + (column >> 1)) * 16 + lane, 16 - 16 * (i & 1));
        } else if (kind == Elements.BYTES) {
            number = Fields.signed(words, (group * blocks * 8 + (column >> 2)) * 16 + lane, 24 - 8 * (i & 3), 24);
        } else {
            int block = BlockFormat.wordAt(format, group, blocks, half >> 1) + lane;
            if (kind == Elements.NIBBLES) {
                number = Elements.nibble(words, block, column);
            } else {
                number = Elements.wide(words, format, block, column);
            }
        }
        return number;
    }
}
