package dev.qyclone.engine.ops;

import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Random;

/** Matrices of random stored bytes: every bit of a block's quants is used, its scales are halves of ordinary size. */
final class StoredWeights {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private StoredWeights() {
    }

    /** A matrix at an odd address, as a file may hold it. */
    static Tensor random(TensorType type, int rows, int cols, Random random) {
        MemorySegment data = empty(type, rows, cols);
        byte[] bytes = new byte[(int) data.byteSize()];
        random.nextBytes(bytes);
        MemorySegment.copy(bytes, 0, data, ValueLayout.JAVA_BYTE, 0, bytes.length);
        long blocks = (long) rows * cols / type.blockSize();
        for (long block = 0; block < blocks; block++) {
            long at = block * type.blockBytes();
            switch (type) {
                case F32 -> data.set(INT, at, Float.floatToRawIntBits((float) random.nextGaussian()));
                case F16 -> data.set(SHORT, at, half(random));
                case BF16 -> data.set(SHORT, at, (short) (Float.floatToRawIntBits((float) random.nextGaussian()) >> 16));
                case Q8_0, Q4_0, Q5_0 -> data.set(SHORT, at, half(random));
                case Q4_1, Q5_1, Q4_K, Q5_K -> {
                    data.set(SHORT, at, half(random));
                    data.set(SHORT, at + 2, half(random));
                }
                case Q6_K -> data.set(SHORT, at + 208, half(random));
            }
        }
        return new Tensor("random", type, new long[] {rows, cols}, data);
    }

    /** A matrix whose 16-bit elements repeat the given pattern. */
    static Tensor ofShorts(TensorType type, int rows, int cols, int... pattern) {
        MemorySegment data = empty(type, rows, cols);
        for (long i = 0; i < data.byteSize() / 2; i++) {
            data.set(SHORT, 2 * i, (short) pattern[(int) (i % pattern.length)]);
        }
        return new Tensor("pattern", type, new long[] {rows, cols}, data);
    }

    private static MemorySegment empty(TensorType type, int rows, int cols) {
        return Arena.ofAuto().allocate(type.bytes((long) rows * cols) + 1).asSlice(1);
    }

    private static short half(Random random) {
        return Float.floatToFloat16((float) random.nextGaussian() * 0.25f);
    }

    static float[] gaussian(int count, Random random) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
