package dev.qyclone.tasks.kernels;

import dev.qyclone.engine.tensor.TensorType;

/** How many words and scales a packed row has. */
record RowFormat(TensorType type, int cols) {
    int blocks() {
        return Math.ceilDiv(cols, 32);
    }

    int words() {
        return switch (type) {
            case F32 -> 0;
            case F16 -> Math.ceilDiv(cols, 2);
            case BF16 -> blocks() * 16;
            case Q8_0, Q4_0, Q4_1, Q5_0, Q5_1 -> blocks() * BlockFormat.blockWords(format());
            case Q4_K, Q5_K, Q6_K -> blocks() / 8 * (8 * BlockFormat.blockWords(format()) + 4);
        };
    }

    int scales() {
        return switch (type) {
            case F32 -> cols;
            case F16, Q4_1, Q5_1 -> 0;
            case BF16, Q8_0, Q4_0, Q5_0 -> blocks();
            case Q4_K, Q5_K -> blocks() / 8 * 2;
            case Q6_K -> blocks() / 8;
        };
    }

    /** The {@link BlockFormat}; 0 for types that are not in blocks. */
    int format() {
        return switch (type) {
            case F32, F16, BF16 -> 0;
            case Q8_0 -> BlockFormat.BYTES;
            case Q4_0 -> BlockFormat.FOUR;
            case Q4_1 -> BlockFormat.FOUR_MINIMUM;
            case Q4_K -> BlockFormat.FOUR_SUPER;
            case Q5_0 -> BlockFormat.FIVE;
            case Q5_1 -> BlockFormat.FIVE_MINIMUM;
            case Q5_K -> BlockFormat.FIVE_SUPER;
            case Q6_K -> BlockFormat.SIX_SUPER;
        };
    }
}
