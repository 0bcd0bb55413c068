package dev.qyclone.engine.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.qyclone.engine.tensor.Blocks;
import dev.qyclone.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The decoding by vectors against the plain loops of {@link Blocks}, bit for bit, signs of zeros included. */
class DecodeParityTest {
    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    /** Zeros, subnormals, the least normal, one, the largest, infinities and NaN, of both signs. */
    private static final int[] HALVES = {0x0000, 0x8000, 0x0001, 0x8001, 0x03ff, 0x83ff, 0x0400, 0x8400,
        0x3c00, 0xbc00, 0x2e66, 0xae67, 0x7bff, 0xfbff, 0x7c00, 0xfc00, 0x7e01, 0xfe01};
    private static final byte[] FILLS = {0, -1, 0x0f, (byte) 0xf0, 0x55, (byte) 0x80, 0x7f};
    /** Every value of each of a block's quants and small scales comes up, in each position. */
    private static final int BLOCKS = 4000;
    private static final int GUARD = 3;
    private static final float UNTOUCHED = 1234.5f;

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void randomBlocks(TensorType type) {
        Random random = new Random(type.ordinal());
        byte[] bytes = new byte[Math.toIntExact(type.bytes((long) BLOCKS * type.blockSize()))];
        random.nextBytes(bytes);
        check(type, bytes, BLOCKS);
    }

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void blocksOfExtremeScales(TensorType type) {
        Random random = new Random(type.ordinal());
        int blocks = HALVES.length * HALVES.length * (FILLS.length + 1);
        int size = type.blockBytes();
        byte[] bytes = new byte[blocks * size];
        MemorySegment stored = MemorySegment.ofArray(bytes);
        for (int block = 0; block < blocks; block++) {
            byte[] fill = new byte[size];
            if (block % (FILLS.length + 1) == FILLS.length) {
                random.nextBytes(fill);
            } else {
                Arrays.fill(fill, FILLS[block % (FILLS.length + 1)]);
            }
            System.arraycopy(fill, 0, bytes, block * size, size);
            int pair = block / (FILLS.length + 1);
            long at = (long) block * size;
            switch (type) {
                case F32 -> { }
                case F16, BF16, Q8_0, Q4_0, Q5_0 -> stored.set(HALF, at, (short) HALVES[pair % HALVES.length]);
                case Q4_1, Q5_1, Q4_K, Q5_K -> {
                    stored.set(HALF, at, (short) HALVES[pair % HALVES.length]);
                    stored.set(HALF, at + 2, (short) HALVES[pair / HALVES.length]);
                }
                case Q6_K -> stored.set(HALF, at + 208, (short) HALVES[pair % HALVES.length]);
            }
        }
        check(type, bytes, blocks);
    }

    /** In one run, block by block, and at odd places; nothing beside the target may change. */
    private static void check(TensorType type, byte[] bytes, int blocks) {
        int count = blocks * type.blockSize();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment stored = arena.allocate(bytes.length + 1).asSlice(1);
            MemorySegment.copy(bytes, 0, stored, ValueLayout.JAVA_BYTE, 0, bytes.length);
            float[] expected = new float[count];
            Blocks.decode(type, stored, 0, expected, 0, count);
            float[] got = new float[count + 2 * GUARD];
            Arrays.fill(got, UNTOUCHED);
            PanelDecoder.decode(type, stored, 0, got, GUARD, count);
            assertSame(type, expected, 0, got, count);
            int run = 3 * type.blockSize();
            float[] part = new float[run + 2 * GUARD];
            for (int from = 0; from + run <= count; from += run) {
                Arrays.fill(part, UNTOUCHED);
                PanelDecoder.decode(type, stored, type.bytes(from), part, GUARD, run);
                assertSame(type, expected, from, part, run);
            }
        }
    }

    private static void assertSame(TensorType type, float[] expected, int from, float[] got, int count) {
        for (int i = 0; i < GUARD; i++) {
            assertEquals(UNTOUCHED, got[i]);
            assertEquals(UNTOUCHED, got[GUARD + count + i]);
        }
        for (int i = 0; i < count; i++) {
            if (Float.floatToIntBits(expected[from + i]) != Float.floatToIntBits(got[GUARD + i])) {
                assertEquals(expected[from + i], got[GUARD + i], type + ", element " + (from + i));
            }
        }
    }
}
