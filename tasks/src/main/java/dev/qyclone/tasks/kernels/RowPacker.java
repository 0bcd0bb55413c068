package dev.qyclone.tasks.kernels;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Puts stored rows into their lanes. The files' layouts are ggml's; the packed ones those of {@link BlockFormat} and {@link Fields}. */
final class RowPacker {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** From an element of a row to the next, in bytes. */
    private static final int STRIDE = PackedMatrix.LANES * Integer.BYTES;

    private final RowFormat format;
    private final IntArray words;
    private final FloatArray scales;
    private final int[] quants = new int[32];
    private final short[] brain = new short[32];
    private Tensor tensor;
    private MemorySegment data;
    private int group;
    private int lane;

    RowPacker(RowFormat format, IntArray words, FloatArray scales) {
        this.format = format;
        this.words = words;
        this.scales = scales;
    }

    /** @param row one row */
    void pack(Tensor row, int toGroup, int toLane) {
        tensor = row;
        data = row.data();
        group = toGroup;
        lane = toLane;
        switch (format.type()) {
            case F32 -> floats();
            case F16 -> halves();
            case BF16 -> brainFloats();
            case Q8_0 -> bytes();
            case Q4_0, Q4_1, Q5_0, Q5_1 -> blocks();
            case Q4_K, Q5_K -> superBlocks();
            case Q6_K -> sixBits();
        }
    }

    /** A row of zeros. */
    void clear(int toGroup, int toLane) {
        group = toGroup;
        lane = toLane;
        for (int i = 0; i < format.words(); i++) {
            word(i, 0);
        }
        for (int i = 0; i < format.scales(); i++) {
            scale(i, 0f);
        }
    }

    private void floats() {
        MemorySegment from = data;
        MemorySegment to = scales.getSegment();
        long at = at(format.scales());
        int cols = format.cols();
        for (int i = 0; i < cols; i++) {
            to.set(ValueLayout.JAVA_INT, at + (long) STRIDE * i, from.get(INT, 4L * i));
        }
    }

    private void halves() {
        MemorySegment from = data;
        MemorySegment to = words.getSegment();
        long at = at(format.words());
        int pairs = format.cols() / 2;
        for (int i = 0; i < pairs; i++) {
            int pair = from.get(INT, 4L * i);
            // An exponent of ones carries into its sign, which the mask has cleared.
            if (((pair & 0x7C007C00) + 0x04000400 & 0x80008000) != 0) {
                throw notFinite();
            }
            to.set(ValueLayout.JAVA_INT, at + (long) STRIDE * i, pair);
        }
        if (format.cols() % 2 != 0) {
            word(pairs, finiteHalf(4L * pairs));
        }
    }

    private void brainFloats() {
        for (int b = 0; b < format.blocks(); b++) {
            for (int j = 0; j < 32; j++) {
                int i = 32 * b + j;
                brain[j] = i < format.cols() ? data.get(SHORT, 2L * i) : 0;
                if ((brain[j] >> 7 & 255) == 255) {
                    throw notFinite();
                }
            }
            int largest = RelativeBits.largestExponent(brain);
            scale(b, RelativeBits.scale(largest));
            for (int j = 0; j < 16; j++) {
                word(16 * b + j, RelativeBits.of(brain[2 * j], largest) | RelativeBits.of(brain[2 * j + 1], largest) << 16);
            }
        }
    }

    private void bytes() {
        MemorySegment from = data;
        MemorySegment to = words.getSegment();
        MemorySegment factors = scales.getSegment();
        long at = at(format.words());
        long factorsAt = at(format.scales());
        int blocks = format.blocks();
        for (int b = 0; b < blocks; b++) {
            long block = 34L * b;
            factors.set(ValueLayout.JAVA_FLOAT, factorsAt + (long) STRIDE * b, Float.float16ToFloat(from.get(SHORT, block)));
            for (int k = 0; k < 8; k++) {
                to.set(ValueLayout.JAVA_INT, at + (long) STRIDE * (8 * b + k), from.get(INT, block + 2 + 4 * k));
            }
        }
    }

    private void blocks() {
        boolean five = format.format() == BlockFormat.FIVE || format.format() == BlockFormat.FIVE_MINIMUM;
        boolean minimum = format.format() == BlockFormat.FOUR_MINIMUM || format.format() == BlockFormat.FIVE_MINIMUM;
        int header = minimum ? 4 : 2;
        int nibbles = five ? header + 4 : header;
        int size = BlockFormat.blockWords(format.format());
        for (int b = 0; b < format.blocks(); b++) {
            long block = (long) format.type().blockBytes() * b;
            int high = five ? data.get(INT, block + header) : 0;
            for (int j = 0; j < 16; j++) {
                int pair = unsigned(block + nibbles + j);
                quants[j] = (pair & 15 | (high >>> j & 1) << 4) - (five ? 16 : 8);
                quants[j + 16] = (pair >> 4 | (high >>> j + 16 & 1) << 4) - (five ? 16 : 8);
            }
            block(size * b, five ? 1 : 0);
            if (minimum) {
                word(size * b + size - 1, finiteHalf(block) | finiteHalf(block + 2) << 16);
            } else {
                scale(b, half(block));
            }
        }
    }

    private void superBlocks() {
        boolean five = format.format() == BlockFormat.FIVE_SUPER;
        int size = BlockFormat.blockWords(format.format());
        for (int s = 0; s < format.blocks() / 8; s++) {
            long block = (long) format.type().blockBytes() * s;
            int at = (8 * size + 4) * s;
            scale(2 * s, half(block));
            scale(2 * s + 1, half(block + 2));
            for (int b = 0; b < 8; b++) {
                long nibbles = block + (five ? 48 : 16) + 32 * (b / 2);
                for (int j = 0; j < 32; j++) {
                    int fifth = five ? unsigned(block + 16 + j) >> b & 1 : 0;
                    quants[j] = (unsigned(nibbles + j) >> 4 * (b % 2) & 15 | fifth << 4) - (five ? 16 : 8);
                }
                block(at + size * b, five ? 1 : 0);
            }
            for (int p = 0; p < 4; p++) {
                word(at + 8 * size + p, six(block + 4, 2 * p, 0) | six(block + 4, 2 * p, 4) << 8
                        | six(block + 4, 2 * p + 1, 0) << 16 | six(block + 4, 2 * p + 1, 4) << 24);
            }
        }
    }

    private void sixBits() {
        for (int s = 0; s < format.blocks() / 8; s++) {
            long block = 210L * s;
            int at = 52 * s;
            scale(s, half(block + 208));
            for (int b = 0; b < 8; b++) {
                long low = block + 64 * (b / 4) + 32 * (b % 2);
                long high = block + 128 + 32 * (b / 4);
                for (int j = 0; j < 32; j++) {
                    quants[j] = (unsigned(low + j) >> 4 * (b % 4 / 2) & 15 | (unsigned(high + j) >> 2 * (b % 4) & 3) << 4) - 32;
                }
                block(at + 6 * b, 2);
            }
            for (int p = 0; p < 4; p++) {
                word(at + 48 + p, data.get(INT, block + 192 + 4 * p));
            }
        }
    }

    /** A K type's 6-bit scale, or minimum with {@code shift} 4: those of 4 to 7 have their upper two bits in the bytes of 0 to 3. */
    private int six(long scaleBytes, int b, int shift) {
        return b < 4
                ? unsigned(scaleBytes + b + shift) & 63
                : unsigned(scaleBytes + b + 4) >> shift & 15 | unsigned(scaleBytes + b - 4 + shift) >> 6 << 4;
    }

    /** The block's {@link #quants}: nibbles, and {@code highBits} bits above them. */
    private void block(int at, int highBits) {
        for (int k = 0; k < 4; k++) {
            int nibbles = 0;
            for (int j = 0; j < 8; j++) {
                nibbles |= (quants[8 * k + j] & 15) << 4 * j;
            }
            word(at + k, nibbles);
        }
        int perWord = highBits == 0 ? 32 : 32 / highBits;
        for (int w = 0; w < highBits; w++) {
            int high = 0;
            for (int j = 0; j < perWord; j++) {
                high |= (quants[perWord * w + j] >> 4 & (1 << highBits) - 1) << highBits * j;
            }
            word(at + 4 + w, high);
        }
    }

    /** Where the row's elements begin in an array that has so many for each row, in bytes. */
    private long at(int perRow) {
        return ((long) group * perRow * PackedMatrix.LANES + lane) * Integer.BYTES;
    }

    private void word(int i, int value) {
        words.set((group * format.words() + i) * PackedMatrix.LANES + lane, value);
    }

    private void scale(int i, float value) {
        scales.set((group * format.scales() + i) * PackedMatrix.LANES + lane, value);
    }

    private int unsigned(long offset) {
        return data.get(ValueLayout.JAVA_BYTE, offset) & 0xFF;
    }

    private float half(long offset) {
        return Float.float16ToFloat(data.get(SHORT, offset));
    }

    private int finiteHalf(long offset) {
        int bits = data.get(SHORT, offset) & 0xFFFF;
        if ((bits >> 10 & 31) == 31) {
            throw notFinite();
        }
        return bits;
    }

    private EngineException notFinite() {
        return new EngineException(ErrorCode.BAD_FILE, "weights of " + tensor.name() + " are not finite")
                .expected("numbers").got("an infinity or NaN");
    }
}
