package dev.qyclone.engine.tensor;

import java.lang.foreign.MemorySegment;

/** Decodes and encodes the blocks of every {@link TensorType}, in plain loops: the definition that faster code is held to. */
public final class Blocks {
    private Blocks() {
    }

    /**
     * Decodes {@code count} elements, bit for bit as ggml does.
     *
     * @param source stored blocks; the first starts at byte {@code offset}
     * @param count a multiple of the type's block size
     */
    public static void decode(TensorType type, MemorySegment source, long offset, float[] target, int at, int count) {
        throw new UnsupportedOperationException("contract only");
    }

    /**
     * Encodes {@code count} elements as ggml's reference quantization does.
     *
     * @param count a multiple of the type's block size
     */
    public static void encode(TensorType type, float[] source, int at, MemorySegment target, long offset, int count) {
        throw new UnsupportedOperationException("contract only");
    }
}
