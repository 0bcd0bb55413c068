package dev.qyclone.engine.ops;

import dev.qyclone.engine.tensor.TensorType;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Reads a panel of an interleaved copy element by element as {@link InterleavedRows} describes it, and writes blocks as ggml does. */
record InterleavedBytes(InterleavedRows copy, int panel) {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** The stored bytes of a row. */
    static byte[] row(InterleavedRows copy, int row) {
        TensorType type = copy.stored().type();
        byte[] bytes = new byte[(int) copy.stored().rowBytes()];
        for (int panel = 0; panel < copy.panels(); panel++) {
            InterleavedBytes part = new InterleavedBytes(copy, panel);
            int first = copy.from(panel) / type.blockSize();
            for (int block = 0; block < copy.cols(panel) / type.blockSize(); block++) {
                int at = (first + block) * type.blockBytes();
                switch (type) {
                    case Q4_0 -> part.blockOf32(bytes, at, row, block, 1, false);
                    case Q4_1 -> part.blockOf32(bytes, at, row, block, 2, false);
                    case Q5_0 -> part.blockOf32(bytes, at, row, block, 1, true);
                    case Q5_1 -> part.blockOf32(bytes, at, row, block, 2, true);
                    case Q4_K -> part.superBlock(bytes, at, row, block, false);
                    case Q5_K -> part.superBlock(bytes, at, row, block, true);
                    case Q6_K -> part.six(bytes, at, row, block);
                    case F32, F16, BF16, Q8_0 -> throw new IllegalArgumentException(type.toString());
                }
            }
        }
        return bytes;
    }

    private void blockOf32(byte[] bytes, int at, int row, int block, int halves, boolean fifth) {
        for (int i = 0; i < 2 * halves; i++) {
            bytes[at + i] = step(row, 2 * 16 * (block * halves + i / 2) + 2 * (row % 16) + i % 2);
        }
        int nibbles = at + 2 * halves + (fifth ? 4 : 0);
        for (int e = 0; e < 32; e++) {
            int col = 32 * block + e;
            bytes[nibbles + e % 16] |= (byte) (nibble(row, col) << e / 16 * 4);
            if (fifth) {
                bytes[at + 2 * halves + e / 8] |= (byte) (high(row, col, 1) << e % 8);
            }
        }
    }

    private void superBlock(byte[] bytes, int at, int row, int block, boolean fifth) {
        int steps = block * 20 * 16;
        for (int i = 0; i < 4; i++) {
            bytes[at + i] = step(row, steps + 2 * 16 * (i / 2) + 2 * (row % 16) + i % 2);
        }
        for (int j = 0; j < 8; j++) {
            int scale = step(row, steps + 64 + 16 * j + row % 16);
            int minimum = step(row, steps + 64 + 128 + 16 * j + row % 16);
            // get_scale_min_k4 of ggml-quants.c, backwards.
            if (j < 4) {
                bytes[at + 4 + j] |= (byte) scale;
                bytes[at + 8 + j] |= (byte) minimum;
            } else {
                bytes[at + 8 + j] |= (byte) (scale & 15 | minimum << 4);
                bytes[at + j] |= (byte) (scale >> 4 << 6);
                bytes[at + 4 + j] |= (byte) (minimum >> 4 << 6);
            }
        }
        int nibbles = at + (fifth ? 48 : 16);
        for (int e = 0; e < 256; e++) {
            int col = 256 * block + e;
            bytes[nibbles + e / 64 * 32 + e % 32] |= (byte) (nibble(row, col) << e / 32 % 2 * 4);
            if (fifth) {
                bytes[at + 16 + e % 32] |= (byte) (high(row, col, 1) << e / 32);
            }
        }
    }

    private void six(byte[] bytes, int at, int row, int block) {
        int steps = block * 18 * 16;
        for (int i = 0; i < 2; i++) {
            bytes[at + 208 + i] = step(row, steps + 2 * (row % 16) + i);
        }
        for (int j = 0; j < 16; j++) {
            bytes[at + 192 + j] = step(row, steps + 32 + 16 * j + row % 16);
        }
        for (int e = 0; e < 256; e++) {
            int col = 256 * block + e;
            int quarter = e / 32 % 4;
            bytes[at + e / 128 * 64 + quarter % 2 * 32 + e % 32] |= (byte) (nibble(row, col) << quarter / 2 * 4);
            bytes[at + 128 + e / 128 * 32 + e % 32] |= (byte) (high(row, col, 2) << 2 * quarter);
        }
    }

    private byte step(int row, int at) {
        return copy.data().get(ValueLayout.JAVA_BYTE, copy.steps(panel, row / 16) + at);
    }

    private int nibble(int row, int col) {
        return copy.data().get(INT, copy.nibbles(panel, row / 16) + (long) col / 8 * 64 + row % 16 * 4) >>> col % 8 * 4 & 15;
    }

    private int high(int row, int col, int bits) {
        long at = copy.highs(panel, row / 16) + (long) col / 8 * 16 * bits + row % 16 * bits;
        int eight = bits == 1 ? copy.data().get(ValueLayout.JAVA_BYTE, at) : copy.data().get(SHORT, at);
        int n = col % 8;
        return bits == 1 ? eight >>> n % 2 * 4 + n / 2 & 1 : eight >>> n % 4 * 4 + n / 4 * 2 & 3;
    }
}
