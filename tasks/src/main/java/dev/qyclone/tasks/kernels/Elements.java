package dev.qyclone.tasks.kernels;

import dev.qyclone.engine.tensor.TensorType;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * One weight out of packed ones, of any type: for kernels that decode each weight by an item of its own. {@code kind} and
 * {@code format} are constants in a kernel's code, so that the other types are not in it.
 */
public final class Elements {
    /** F32. */
    public static final int FLOATS = 0;
    /** F16. */
    public static final int HALVES = 1;
    /** BF16. */
    public static final int RELATIVE = 2;
    /** Q8_0. */
    public static final int BYTES = 3;
    /** Four bits. */
    public static final int NIBBLES = 4;
    /** Five or six bits. */
    public static final int WIDE = 5;

    private Elements() {
    }

    /** The kind of a type's weights. */
    public static int kind(TensorType type) {
        return switch (type) {
            case F32 -> FLOATS;
            case F16 -> HALVES;
            case BF16 -> RELATIVE;
            case Q8_0 -> BYTES;
            case Q4_0, Q4_1, Q4_K -> NIBBLES;
            case Q5_0, Q5_1, Q5_K, Q6_K -> WIDE;
        };
    }

    /**
     * Column i of row {@code lane} of a group of sixteen rows, of kinds up to {@link #BYTES}. The others are decoded in two steps,
     * because TornadoVM inlines no method of more than 600 nodes.
     */
    static float whole(IntArray words, FloatArray scales, int kind, int group, int lane, int cols, int i) {
        int blocks = (cols + 31) >> 5;
        float weight = 0f;
        if (kind == FLOATS) {
            weight = scales.get((group * cols + i) * 16 + lane);
        } else if (kind == HALVES) {
            int at = (group * ((cols + 1) >> 1) + (i >> 1)) * 16 + lane;
            weight = Fields.half(words, at, 16 - 16 * (i & 1)) * Fields.HALF_UNIT;
        } else if (kind == RELATIVE) {
            float scale = scales.get((group * blocks + (i >> 5)) * 16 + lane) * Fields.RELATIVE_UNIT;
            weight = Fields.relative(words, (group * blocks * 16 + (i >> 1)) * 16 + lane, 16 - 16 * (i & 1)) * scale;
        } else {
            int at = (group * blocks * 8 + (i >> 2)) * 16 + lane;
            weight = Fields.signed(words, at, 24 - 8 * (i & 3), 24) * scales.get((group * blocks + (i >> 5)) * 16 + lane);
        }
        return weight;
    }

    /** The number of four bits of column i, less its middle of 8; {@code block} is the index of the lane's first word of its block. */
    static float nibble(IntArray words, int block, int i) {
        return Fields.signed(words, block + ((i & 31) >> 3) * 16, 28 - 4 * (i & 7), 28);
    }

    /** The number of five or six bits of column i, of five less its middle of 16. */
    static float wide(IntArray words, int format, int block, int i) {
        int k = (i & 31) >> 3;
        int left = BlockFormat.highLeft(format, k) - (i & 7) * BlockFormat.highBits(format);
        return Fields.wide(words, block + k * 16, 4 * (i & 7), BlockFormat.highAt(format, block, k), left, BlockFormat.highRight(format));
    }

    /** The weight that a number q of column i stands for, {@code middle} as there; {@code format} one of four to six bits. */
    static float scaled(
            IntArray words, FloatArray scales, int format, int group, int lane, int blocks, int block, int i, float q, float middle) {
        int b = i >> 5;
        float weight = 0f;
        if (format == BlockFormat.FOUR || format == BlockFormat.FIVE) {
            weight = q * scales.get((group * blocks + b) * 16 + lane);
        } else if (format == BlockFormat.FOUR_MINIMUM || format == BlockFormat.FIVE_MINIMUM) {
            weight = withMinimum(words, block + (BlockFormat.blockWords(format) - 1) * 16, q, middle);
        } else if (format == BlockFormat.SIX_SUPER) {
            int part = i >> 4;
            int at = BlockFormat.scaleWordAt(format, group, blocks, b) + ((part & 15) >> 2) * 16 + lane;
            weight = q * Fields.signed(words, at, 24 - 8 * (part & 3), 24) * scales.get((group * (blocks >> 3) + (b >> 3)) * 16 + lane);
        } else {
            weight = ofSuper(words, scales, format, group, lane, blocks, b, q, middle);
        }
        return weight;
    }

    /** scale · (q + middle) + minimum, both halves of one word. */
    private static float withMinimum(IntArray words, int at, float q, float middle) {
        return (Fields.half(words, at, 16) * (q + middle) + Fields.half(words, at, 0)) * Fields.HALF_UNIT;
    }

    /** scale · (q + middle) - minimum, each six bits times a float of the super-block. */
    private static float ofSuper(
            IntArray words, FloatArray scales, int format, int group, int lane, int blocks, int b, float q, float middle) {
        int at = BlockFormat.scaleWordAt(format, group, blocks, b) + ((b & 7) >> 1) * 16 + lane;
        int factors = (group * (blocks >> 3) + (b >> 3)) * 32 + lane;
        float scale = Fields.six(words, at, 16 * (b & 1)) * scales.get(factors);
        float minimum = Fields.six(words, at, 16 * (b & 1) + 8) * scales.get(factors + 16);
        return scale * (q + middle) - minimum;
    }
}
