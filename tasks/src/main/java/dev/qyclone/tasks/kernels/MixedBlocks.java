package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** One packed row of blocks of any {@link BlockFormat} times a vector; the format is a constant where a kernel is compiled. */
final class MixedBlocks {
    private MixedBlocks() {
    }

    /** One row's sum over every {@code step}-th block from {@code first} on. */
    static float sum(
            FloatArray x, FloatArray norm, int normAt, IntArray words, FloatArray scales, int format, int group, int lane, int blocks,
            int first, int step, int flags) {
        int bits = BlockFormat.lowBits(format);
        int pieces = BlockFormat.pieces(format);
        int count = 32 / pieces;
        float sum = 0f;
        for (int b = first; b < blocks; b += step) {
            int block = BlockFormat.wordAt(format, group, blocks, b) + lane;
            int scaleAt = BlockFormat.scaleWordAt(format, group, blocks, b) + ((b & 7) >> 1) * 16 + lane; // in super-blocks
            for (int piece = 0; piece < pieces; piece++) {
                float products = 0f;
                float inputs = 0f;
                for (int i = piece * count; i < piece * count + count; i++) {
                    float v = Fields.input(x, norm, normAt, b * 32 + i, flags);
                    inputs += v;
                    int k = (i * bits) >> 5;
                    int right = (i * bits) & 31;
                    if (format < BlockFormat.FIVE) {
                        products += Fields.signed(words, block + k * 16, 32 - bits - right, 32 - bits) * v;
                    } else {
                        int highBits = BlockFormat.highBits(format);
                        int high = block + (4 + ((i * highBits) >> 5)) * 16;
                        int left = 32 - highBits - ((i * highBits) & 31);
                        products += Fields.wide(words, block + k * 16, right, high, left, 32 - highBits) * v;
                    }
                }
                if (BlockFormat.hasMinimum(format)) {
                    int at = block + (BlockFormat.blockWords(format) - 1) * 16;
                    float scale = Fields.half(words, at, 16);
                    float offset = Fields.half(words, at, 0) + scale * BlockFormat.middle(format);
                    sum += (offset * inputs + products * scale) * Fields.HALF_UNIT;
                } else if (format == BlockFormat.SIX_SUPER) {
                    int factor = (group * (blocks >> 3) + (b >> 3)) * 16 + lane;
                    sum += products * (Fields.signed(words, scaleAt, 24 - 8 * (2 * (b & 1) + piece), 24) * scales.get(factor));
                } else if (BlockFormat.isSuper(format)) {
                    int factors = (group * (blocks >> 3) + (b >> 3)) * 32 + lane;
                    float scale = Fields.six(words, scaleAt, 16 * (b & 1)) * scales.get(factors);
                    float minimum = Fields.six(words, scaleAt, 16 * (b & 1) + 8) * scales.get(factors + 16);
                    sum += products * scale + (scale * BlockFormat.middle(format) - minimum) * inputs;
                } else {
                    sum += products * scales.get((group * blocks + b) * 16 + lane);
                }
            }
        }
        return sum;
    }
}
