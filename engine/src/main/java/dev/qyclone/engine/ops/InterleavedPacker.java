package dev.qyclone.engine.ops;

import static dev.qyclone.engine.ops.InterleavedRows.ROWS;

import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Brings the blocks of one row into the order of {@link InterleavedRows}; no bit is lost. */
final class InterleavedPacker {
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int INFINITE = 0x7c00;
    private static final long LOW_NIBBLES = 0x0f0f0f0f0f0f0f0fL;
    private static final long LOW_PAIRS = 0x0303030303030303L;
    private static final long LOW_BITS = 0x0101010101010101L;

    private final TensorType type;
    private final MemorySegment from;
    private final MemorySegment to;
    private final long steps;
    private final long nibbles;
    private final long highs;
    private final int lane;
    private final long at;
    private final int blocks;
    private boolean finite = true;

    private InterleavedPacker(InterleavedRows rows, int panel, int group, int lane) {
        Tensor stored = rows.stored();
        this.type = stored.type();
        this.from = stored.data();
        this.to = rows.data();
        this.steps = rows.steps(panel, group);
        this.nibbles = rows.nibbles(panel, group);
        this.highs = rows.highs(panel, group);
        this.lane = lane;
        this.at = ((long) group * ROWS + lane) * stored.rowBytes() + type.bytes(rows.from(panel));
        this.blocks = rows.cols(panel) / type.blockSize();
    }

    /**
     * Fills one group.
     *
     * @return false if a scale is infinite or NaN: the kernels take scales for finite, so such a matrix must be read as it is stored
     */
    static boolean pack(InterleavedRows rows, int group) {
        boolean finite = true;
        for (int lane = 0; lane < Math.min(ROWS, rows.stored().rows() - (long) group * ROWS); lane++) {
            for (int panel = 0; panel < rows.panels(); panel++) {
                InterleavedPacker packer = new InterleavedPacker(rows, panel, group, lane);
                packer.row();
                finite &= packer.finite;
            }
        }
        return finite;
    }

    private void row() {
        switch (type) {
            case Q4_0 -> simple(18, 1, 2);
            case Q4_1 -> simple(20, 2, 4);
            case Q5_0 -> {
                simple(22, 1, 6);
                fifthBits(22, 2);
            }
            case Q5_1 -> {
                simple(24, 2, 8);
                fifthBits(24, 4);
            }
            case Q4_K -> superBlocks(144, 16);
            case Q5_K -> {
                superBlocks(176, 48);
                fifthBitsOfSuper();
            }
            case Q6_K -> six();
            case F32, F16, BF16, Q8_0 -> throw new IllegalArgumentException(type + " is not interleaved");
        }
    }

    /** Blocks of 32: {@code halves} halves, and 16 bytes whose low nibbles are the first 16 columns. */
    private void simple(int bytes, int halves, int quants) {
        for (int block = 0; block < blocks; block++) {
            long source = at + (long) block * bytes;
            for (int i = 0; i < halves; i++) {
                half(source + 2 * i, steps + (long) (block * halves + i) * 2 * ROWS);
            }
            for (int i = 0; i < 2; i++) {
                long pairs = from.get(LONG, source + quants + 8 * i);
                nibbles(4 * block + i, pairs & LOW_NIBBLES);
                nibbles(4 * block + 2 + i, pairs >>> 4 & LOW_NIBBLES);
            }
        }
    }

    private void fifthBits(int bytes, int offset) {
        for (int block = 0; block < blocks; block++) {
            int bits = from.get(INT, at + (long) block * bytes + offset);
            for (int i = 0; i < 4; i++) {
                to.set(BYTE, highs + (4L * block + i) * ROWS + lane, evenFirst(bits >>> 8 * i & 0xff));
            }
        }
    }

    /** Blocks of 256: two halves, sixteen numbers of six bits in three words, 128 bytes: of each 32 the low nibbles come first. */
    private void superBlocks(int bytes, int quants) {
        for (int block = 0; block < blocks; block++) {
            long source = at + (long) block * bytes;
            long step = steps + 20L * ROWS * block;
            half(source, step);
            half(source + 2, step + 2 * ROWS);
            int a = from.get(INT, source + 4);
            int b = from.get(INT, source + 8);
            int c = from.get(INT, source + 12);
            bytes(a & 0x3f3f3f3f, step + 4 * ROWS);
            bytes(c & 0x0f0f0f0f | a >>> 2 & 0x30303030, step + 8 * ROWS);
            bytes(b & 0x3f3f3f3f, step + 12 * ROWS);
            bytes(c >>> 4 & 0x0f0f0f0f | b >>> 2 & 0x30303030, step + 16 * ROWS);
            for (int i = 0; i < 16; i++) {
                long pairs = from.get(LONG, source + quants + 8 * i);
                int eight = 32 * block + i / 4 * 8 + i % 4;
                nibbles(eight, pairs & LOW_NIBBLES);
                nibbles(eight + 4, pairs >>> 4 & LOW_NIBBLES);
            }
        }
    }

    private void fifthBitsOfSuper() {
        for (int block = 0; block < blocks; block++) {
            for (int i = 0; i < 4; i++) {
                long bytes = from.get(LONG, at + 176L * block + 16 + 8 * i);
                for (int part = 0; part < 8; part++) {
                    // The multiplication moves the lowest bits of eight bytes together in the uppermost byte.
                    long bits = (bytes >>> part & LOW_BITS) * 0x0102040810204080L >>> 56;
                    to.set(BYTE, highs + (32L * block + 4 * part + i) * ROWS + lane, evenFirst((int) bits));
                }
            }
        }
    }

    /** Blocks of 256: 128 bytes of nibbles, 64 bytes of pairs of bits, 16 scales of a byte, one half. */
    private void six() {
        for (int block = 0; block < blocks; block++) {
            long source = at + 210L * block;
            long step = steps + 18L * ROWS * block;
            half(source + 208, step);
            for (int i = 0; i < 16; i++) {
                to.set(BYTE, step + 2 * ROWS + (long) i * ROWS + lane, from.get(BYTE, source + 192 + i));
            }
            for (int i = 0; i < 32; i++) {
                // Columns 8i to 8i + 7: a quarter of 32 columns in a half of 128.
                int half = i / 16;
                int quarter = i / 4 % 4;
                long low = from.get(LONG, source + 64 * half + 32 * (quarter % 2) + 8 * (i % 4));
                long high = from.get(LONG, source + 128 + 32 * half + 8 * (i % 4));
                nibbles(32 * block + i, low >>> quarter / 2 * 4 & LOW_NIBBLES);
                to.set(HALF, highs + (32L * block + i) * 2 * ROWS + 2 * lane, pairs(high >>> 2 * quarter & LOW_PAIRS));
            }
        }
    }

    private void half(long source, long target) {
        short bits = from.get(HALF, source);
        to.set(HALF, target + 2 * lane, bits);
        finite &= (bits & INFINITE) != INFINITE;
    }

    /** Four bytes, each to the place of its sub-block. */
    private void bytes(int four, long target) {
        for (int i = 0; i < 4; i++) {
            to.set(BYTE, target + (long) i * ROWS + lane, (byte) (four >>> 8 * i));
        }
    }

    private void nibbles(int eight, long bytes) {
        to.set(INT, nibbles + (long) eight * 4 * ROWS + 4 * lane, joined(bytes));
    }

    /** The low nibbles of eight bytes, side by side. */
    private static int joined(long bytes) {
        long x = (bytes | bytes >>> 4) & 0x00ff00ff00ff00ffL;
        x = (x | x >>> 8) & 0x0000ffff0000ffffL;
        return (int) (x | x >>> 16);
    }

    /** Eight bits: those at even places, then those at odd ones. */
    private static byte evenFirst(int bits) {
        int x = bits & 0x55 | (bits & 0xaa) << 7;
        x = (x | x >>> 1) & 0x3333;
        x = (x | x >>> 2) & 0x0f0f;
        return (byte) (x | x >>> 4);
    }

    /** The lowest two bits of eight bytes: those of the first four in nibbles, those of the last four between them. */
    private static short pairs(long bits) {
        int x = joined(bits);
        return (short) (x | x >>> 16 << 2);
    }
}
