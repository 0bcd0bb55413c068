package dev.qyclone.engine.model;

import dev.qyclone.engine.file.GgufWriter;
import dev.qyclone.engine.tensor.Blocks;
import dev.qyclone.engine.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Random;

/**
 * Random rows of a matrix, made as stored blocks: quantized types are random bits with scales set so that the values have
 * mean near 0 and the wanted standard deviation, which is as fast as memory; the others are drawn from a table.
 */
final class SyntheticRows implements GgufWriter.BlockSource {
    private static final int TABLE = 4096;
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    /** Standard deviations of a uniform random code: sqrt((levels² - 1) / 12). */
    private static final double DEVIATION_4_BITS = Math.sqrt((16 * 16 - 1) / 12.0);
    private static final double DEVIATION_5_BITS = Math.sqrt((32 * 32 - 1) / 12.0);
    private static final double DEVIATION_6_BITS = Math.sqrt((64 * 64 - 1) / 12.0);
    private static final double DEVIATION_8_BITS = Math.sqrt((256 * 256 - 1) / 12.0);
    /** Root mean squares of the sub-block scales that are drawn: 32 to 63, and 64 to 127. */
    private static final double SCALE_OF_6_BITS = 48.4;
    private static final double SCALE_OF_8_BITS = 97.3;

    private final TensorType type;
    private final long seed;
    private final double deviation;
    /** For types without blocks: values as they are stored. */
    private final MemorySegment table;

    /** @param deviation standard deviation of the elements */
    SyntheticRows(TensorType type, double deviation, long seed) {
        this.type = type;
        this.deviation = deviation;
        this.seed = mixed(seed);
        this.table = type.blockSize() == 1 ? gaussians(type, deviation, seed) : MemorySegment.NULL;
    }

    @Override
    public void fill(long row, MemorySegment target) {
        long state = mixed(seed + row * GOLDEN_GAMMA);
        if (type.blockSize() == 1) {
            fillFromTable(state, target);
            return;
        }
        fillWithBits(state, target);
        for (long block = 0; block < target.byteSize(); block += type.blockBytes()) {
            setScales(target, block);
        }
    }

    private void fillFromTable(long state, MemorySegment target) {
        int bytes = type.blockBytes();
        long at = 0;
        while (at < target.byteSize()) {
            state += GOLDEN_GAMMA;
            long bits = mixed(state);
            for (int i = 0; i < 5 && at < target.byteSize(); i++) {
                long drawn = (bits & TABLE - 1) * bytes;
                if (bytes == Float.BYTES) {
                    target.set(FLOAT, at, table.get(FLOAT, drawn));
                } else {
                    target.set(SHORT, at, table.get(SHORT, drawn));
                }
                bits >>>= 12;
                at += bytes;
            }
        }
    }

    private static void fillWithBits(long state, MemorySegment target) {
        long whole = target.byteSize() & -Long.BYTES;
        for (long at = 0; at < whole; at += Long.BYTES) {
            state += GOLDEN_GAMMA;
            target.set(LONG, at, mixed(state));
        }
        long bits = mixed(state + GOLDEN_GAMMA);
        for (long at = whole; at < target.byteSize(); at++) {
            target.set(ValueLayout.JAVA_BYTE, at, (byte) bits);
            bits >>>= Byte.SIZE;
        }
    }

    /** Overwrites the scales of one block; those that decode around -1/2 get a random sign, so that the mean is 0. */
    private void setScales(MemorySegment target, long block) {
        switch (type) {
            case Q8_0 -> putHalf(target, block, randomSign(target, block) * deviation / DEVIATION_8_BITS);
            case Q4_0 -> putHalf(target, block, randomSign(target, block) * deviation / DEVIATION_4_BITS);
            case Q5_0 -> putHalf(target, block, randomSign(target, block) * deviation / DEVIATION_5_BITS);
            case Q4_1 -> {
                putHalf(target, block, deviation / DEVIATION_4_BITS);
                putHalf(target, block + 2, -7.5 * deviation / DEVIATION_4_BITS);
            }
            case Q5_1 -> {
                putHalf(target, block, deviation / DEVIATION_5_BITS);
                putHalf(target, block + 2, -15.5 * deviation / DEVIATION_5_BITS);
            }
            case Q4_K -> {
                double step = deviation / DEVIATION_4_BITS / SCALE_OF_6_BITS;
                putHalf(target, block, step);
                putHalf(target, block + 2, 7.5 * step);
                putEqualScalesAndMinima(target, block + 4);
            }
            case Q5_K -> {
                double step = deviation / DEVIATION_5_BITS / SCALE_OF_6_BITS;
                putHalf(target, block, step);
                putHalf(target, block + 2, 15.5 * step);
                putEqualScalesAndMinima(target, block + 4);
            }
            case Q6_K -> {
                putHalf(target, block + 208, deviation / DEVIATION_6_BITS / SCALE_OF_8_BITS);
                for (int g = 0; g < 16; g++) {
                    byte random = target.get(ValueLayout.JAVA_BYTE, block + 192 + g);
                    int magnitude = 64 | random & 63;
                    target.set(ValueLayout.JAVA_BYTE, block + 192 + g, (byte) (random < 0 ? -magnitude : magnitude));
                }
            }
            case F32, F16, BF16 -> throw new IllegalStateException(type + " has no scales");
        }
    }

    /** Turns 12 random bytes into eight scales from 32 to 63 with minima of the same number, packed as the K types have them. */
    private static void putEqualScalesAndMinima(MemorySegment target, long scales) {
        for (int g = 0; g < 4; g++) {
            int low = 32 | target.get(ValueLayout.JAVA_BYTE, scales + g) & 31;
            int high = 32 | target.get(ValueLayout.JAVA_BYTE, scales + g + 4) & 31;
            byte shared = (byte) (low | high >> 4 << 6);
            target.set(ValueLayout.JAVA_BYTE, scales + g, shared);
            target.set(ValueLayout.JAVA_BYTE, scales + g + 4, shared);
            target.set(ValueLayout.JAVA_BYTE, scales + g + 8, (byte) (high & 15 | (high & 15) << 4));
        }
    }

    /** From the random bits that the scale takes the place of. */
    private static int randomSign(MemorySegment target, long block) {
        return target.get(ValueLayout.JAVA_BYTE, block) < 0 ? -1 : 1;
    }

    private static void putHalf(MemorySegment target, long offset, double value) {
        target.set(SHORT, offset, Float.floatToFloat16((float) value));
    }

    private static MemorySegment gaussians(TensorType type, double deviation, long seed) {
        Random random = new Random(seed);
        float[] values = new float[TABLE];
        for (int i = 0; i < TABLE; i++) {
            values[i] = (float) (deviation * random.nextGaussian());
        }
        MemorySegment stored = MemorySegment.ofArray(new byte[(int) type.bytes(TABLE)]);
        Blocks.encode(type, values, 0, stored, 0, TABLE);
        return stored;
    }

    /** The output function of SplitMix64 (Steele, Lea and Flood 2014). */
    private static long mixed(long z) {
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
