package dev.qyclone.bench;

import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Random;

/** Matrices whose stored bytes are random and whose scales are of ordinary size. */
final class RandomWeights {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int ROWS_PER_DRAW = 64;

    private RandomWeights() {
    }

    /**
     * Equal matrices at different addresses, enough of them that reading one after the other finds none in a cache.
     *
     * @param atLeastBytes that they take together
     */
    static Tensor[] copies(Arena arena, TensorType type, MatrixShape shape, long atLeastBytes) {
        if (shape.cols() % type.blockSize() != 0) {
            throw new IllegalArgumentException("a row of " + shape.cols() + " is no whole number of blocks of " + type
                    + ": expected a multiple of " + type.blockSize());
        }
        Tensor first = matrix(arena, type, shape);
        Tensor[] copies = new Tensor[Math.toIntExact(Math.ceilDiv(atLeastBytes, first.bytes()))];
        copies[0] = first;
        for (int i = 1; i < copies.length; i++) {
            MemorySegment data = arena.allocate(first.bytes(), 64);
            data.copyFrom(first.data());
            copies[i] = new Tensor("copy " + i, type, new long[] {shape.rows(), shape.cols()}, data);
        }
        return copies;
    }

    private static Tensor matrix(Arena arena, TensorType type, MatrixShape shape) {
        long rowBytes = type.bytes(shape.cols());
        MemorySegment data = arena.allocate(rowBytes * shape.rows(), 64);
        int drawn = Math.min(ROWS_PER_DRAW, shape.rows());
        draw(type, data.asSlice(0, rowBytes * drawn), new Random(1));
        for (int row = drawn; row < shape.rows(); row++) {
            MemorySegment.copy(data, (row - drawn) * rowBytes, data, row * rowBytes, rowBytes);
        }
        return new Tensor("random", type, new long[] {shape.rows(), shape.cols()}, data);
    }

    private static void draw(TensorType type, MemorySegment data, Random random) {
        byte[] bytes = new byte[Math.toIntExact(data.byteSize())];
        random.nextBytes(bytes);
        MemorySegment.copy(bytes, 0, data, ValueLayout.JAVA_BYTE, 0, bytes.length);
        for (long at = 0; at < bytes.length; at += type.blockBytes()) {
            switch (type) {
                case F32 -> data.set(FLOAT, at, (float) random.nextGaussian());
                case BF16 -> data.set(SHORT, at, (short) (Float.floatToRawIntBits((float) random.nextGaussian()) >> 16));
                case F16, Q8_0, Q4_0, Q5_0 -> data.set(SHORT, at, half(random));
                case Q4_1, Q5_1, Q4_K, Q5_K -> {
                    data.set(SHORT, at, half(random));
                    data.set(SHORT, at + 2, half(random));
                }
                case Q6_K -> data.set(SHORT, at + type.blockBytes() - 2, half(random));
            }
        }
    }

    private static short half(Random random) {
        return Float.floatToFloat16((float) random.nextGaussian());
    }

    static float[] gaussian(int count) {
        Random random = new Random(2);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
