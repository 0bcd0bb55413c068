package dev.qyclone.engine.ops;

import static dev.qyclone.engine.ops.InterleavedRows.ROWS;

import dev.qyclone.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Brings the blocks of a group of rows into the order of {@link InterleavedRows}; no bit is lost. */
final class InterleavedPacker {
    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int INFINITE = 0x7c00;
    private static final long LOW_NIBBLES = 0x0f0f0f0f0f0f0f0fL;
    private static final long LOW_PAIRS = 0x0303030303030303L;
    private static final long LOW_BITS = 0x0101010101010101L;

    private InterleavedPacker() {
    }

    /**
     * Fills one group.
     *
     * @return false if a scale is infinite or NaN: the kernels take scales for finite, so such a matrix must be read as it is stored
     */
    static boolean pack(InterleavedRows rows, int group) {
        Tensor stored = rows.stored();
        int blocks = Math.toIntExact(stored.cols() / stored.type().blockSize());
        boolean finite = true;
        for (int lane = 0; lane < Math.min(ROWS, stored.rows() - (long) group * ROWS); lane++) {
            MemorySegment from = stored.data();
            MemorySegment to = rows.data();
            long at = ((long) group * ROWS + lane) * stored.rowBytes();
            long steps = rows.steps(group);
            long nibbles = rows.nibbles(group) + 4 * lane;
            long highs = rows.highs(group) + 4 * lane;
            finite &= switch (stored.type()) {
                case Q4_0 -> simple(from, at, 18, 1, 2, blocks, to, steps, nibbles, lane);
                case Q4_1 -> simple(from, at, 20, 2, 4, blocks, to, steps, nibbles, lane);
                case Q5_0 -> simple(from, at, 22, 1, 6, blocks, to, steps, nibbles, lane) & fifthBits(from, at + 2, 22, blocks, to, highs);
                case Q5_1 -> simple(from, at, 24, 2, 8, blocks, to, steps, nibbles, lane) & fifthBits(from, at + 4, 24, blocks, to, highs);
                case Q4_K -> superBlocks(from, at, 144, 16, blocks, to, steps, nibbles, lane);
                case Q5_K -> superBlocks(from, at, 176, 48, blocks, to, steps, nibbles, lane)
                        & fifthOfSuper(from, at + 16, blocks, to, highs);
                case Q6_K -> six(from, at, blocks, to, steps, nibbles, highs, lane);
                case F32, F16, BF16, Q8_0 -> throw new IllegalArgumentException(stored + " is not interleaved");
            };
        }
        return finite;
    }

    /** Blocks of 32: {@code halves} halves, and 16 bytes whose low nibbles are the first 16 columns. */
    private static boolean simple(MemorySegment from, long at, int bytes, int halves, int quants, int blocks, MemorySegment to,
            long steps, long nibbles, int lane) {
        boolean finite = true;
        for (int block = 0; block < blocks; block++) {
            long source = at + (long) block * bytes;
            for (int i = 0; i < halves; i++) {
                finite &= half(from, source + 2 * i, to, steps + (long) (block * halves + i) * 2 * ROWS + 2 * lane);
            }
            long target = nibbles + (long) block * 4 * 4 * ROWS;
            for (int i = 0; i < 2; i++) {
                long pairs = from.get(LONG, source + quants + 8 * i);
                to.set(INT, target + 4L * ROWS * i, joined(pairs & LOW_NIBBLES));
                to.set(INT, target + 4L * ROWS * (i + 2), joined(pairs >>> 4 & LOW_NIBBLES));
            }
        }
        return finite;
    }

    private static boolean fifthBits(MemorySegment from, long at, int bytes, int blocks, MemorySegment to, long highs) {
        for (int block = 0; block < blocks; block++) {
            int bits = from.get(INT, at + (long) block * bytes);
            int spread = 0;
            for (int i = 0; i < 4; i++) {
                spread |= spread(bits >>> 8 * i & 0xff) << i;
            }
            to.set(INT, highs + (long) block * 4 * ROWS, spread);
        }
        return true;
    }

    /** Blocks of 256: two halves, sixteen numbers of six bits in three words, 128 bytes: of each 32 the low nibbles come first. */
    private static boolean superBlocks(MemorySegment from, long at, int bytes, int quants, int blocks, MemorySegment to, long steps,
            long nibbles, int lane) {
        boolean finite = true;
        for (int block = 0; block < blocks; block++) {
            long source = at + (long) block * bytes;
            long step = steps + 20L * ROWS * block;
            finite &= half(from, source, to, step + 2 * lane) & half(from, source + 2, to, step + 2 * ROWS + 2 * lane);
            int a = from.get(INT, source + 4);
            int b = from.get(INT, source + 8);
            int c = from.get(INT, source + 12);
            bytes(a & 0x3f3f3f3f, to, step + 4 * ROWS + lane);
            bytes(c & 0x0f0f0f0f | a >>> 2 & 0x30303030, to, step + 8 * ROWS + lane);
            bytes(b & 0x3f3f3f3f, to, step + 12 * ROWS + lane);
            bytes(c >>> 4 & 0x0f0f0f0f | b >>> 2 & 0x30303030, to, step + 16 * ROWS + lane);
            for (int i = 0; i < 16; i++) {
                long target = nibbles + (long) block * 32 * 4 * ROWS + (i / 4 * 8L + i % 4) * 4 * ROWS;
                long pairs = from.get(LONG, source + quants + 8 * i);
                to.set(INT, target, joined(pairs & LOW_NIBBLES));
                to.set(INT, target + 4L * 4 * ROWS, joined(pairs >>> 4 & LOW_NIBBLES));
            }
        }
        return finite;
    }

    private static boolean fifthOfSuper(MemorySegment from, long at, int blocks, MemorySegment to, long highs) {
        for (int block = 0; block < blocks; block++) {
            for (int part = 0; part < 8; part++) {
                int joined = 0;
                for (int i = 0; i < 4; i++) {
                    joined |= joined(from.get(LONG, at + 176L * block + 8 * i) >>> part & LOW_BITS) << i;
                }
                to.set(INT, highs + (block * 8L + part) * 4 * ROWS, joined);
            }
        }
        return true;
    }

    /** Blocks of 256: 128 bytes of nibbles, 64 bytes of pairs of bits, 16 scales of a byte, one half. */
    private static boolean six(MemorySegment from, long at, int blocks, MemorySegment to, long steps, long nibbles, long highs, int lane) {
        boolean finite = true;
        for (int block = 0; block < blocks; block++) {
            long source = at + 210L * block;
            long step = steps + 18L * ROWS * block;
            finite &= half(from, source + 208, to, step + 2 * lane);
            for (int i = 0; i < 16; i++) {
                to.set(ValueLayout.JAVA_BYTE, step + 2 * ROWS + (long) i * ROWS + lane, from.get(ValueLayout.JAVA_BYTE, source + 192 + i));
            }
            for (int eight = 0; eight < 32; eight++) {
                // Columns 8 · eight to 8 · eight + 7: a quarter of 32 columns in a half of 128.
                int half = eight / 16;
                int quarter = eight / 4 % 4;
                long low = from.get(LONG, source + 64 * half + 32 * (quarter % 2) + 8 * (eight % 4));
                long high = from.get(LONG, source + 128 + 32 * half + 8 * (eight % 4));
                to.set(INT, nibbles + (block * 32L + eight) * 4 * ROWS, joined(low >>> quarter / 2 * 4 & LOW_NIBBLES));
                long target = highs + (block * 16L + eight / 2) * 4 * ROWS;
                to.set(INT, target, to.get(INT, target) | joined(high >>> 2 * quarter & LOW_PAIRS) << 2 * (eight % 2));
            }
        }
        return finite;
    }

    /** Four bytes, each to the place of its sub-block. */
    private static void bytes(int four, MemorySegment to, long target) {
        for (int i = 0; i < 4; i++) {
            to.set(ValueLayout.JAVA_BYTE, target + (long) i * ROWS, (byte) (four >>> 8 * i));
        }
    }

    private static boolean half(MemorySegment from, long source, MemorySegment to, long target) {
        short bits = from.get(HALF, source);
        to.set(HALF, target, bits);
        return (bits & INFINITE) != INFINITE;
    }

    /** The low nibbles of eight bytes, side by side. */
    private static int joined(long nibbles) {
        long x = (nibbles | nibbles >>> 4) & 0x00ff00ff00ff00ffL;
        x = (x | x >>> 8) & 0x0000ffff0000ffffL;
        return (int) (x | x >>> 16);
    }

    /** Bit n of a byte at 4n. */
    private static int spread(int bits) {
        int x = (bits | bits << 12) & 0x000f000f;
        x = (x | x << 6) & 0x03030303;
        return (x | x << 3) & 0x11111111;
    }
}
