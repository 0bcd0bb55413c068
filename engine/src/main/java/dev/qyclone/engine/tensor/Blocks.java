package dev.qyclone.engine.tensor;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** Decodes and encodes the blocks of every {@link TensorType}, in plain loops: the definition that faster code is held to. */
public final class Blocks {
    private Blocks() {
    }

    /**
     * Decodes {@code count} elements, bit for bit as ggml does.
     *
     * @param source stored blocks, at any alignment; the first starts at byte {@code offset}
     * @param count a multiple of the type's block size
     * @throws EngineException if {@code count} is no whole number of blocks
     * @throws IndexOutOfBoundsException if source or target are too short
     */
    public static void decode(TensorType type, MemorySegment source, long offset, float[] target, int at, int count) {
        int blocks = blocks(type, source, offset, target, at, count);
        switch (type) {
            case F32 -> BlockDecoder.f32(source, offset, target, at, blocks);
            case F16 -> BlockDecoder.f16(source, offset, target, at, blocks);
            case BF16 -> BlockDecoder.bf16(source, offset, target, at, blocks);
            case Q8_0 -> BlockDecoder.q8(source, offset, target, at, blocks);
            case Q4_0 -> BlockDecoder.q4(source, offset, target, at, blocks);
            case Q4_1 -> BlockDecoder.q4WithMin(source, offset, target, at, blocks);
            case Q5_0 -> BlockDecoder.q5(source, offset, target, at, blocks);
            case Q5_1 -> BlockDecoder.q5WithMin(source, offset, target, at, blocks);
            case Q4_K -> SuperBlockDecoder.q4(source, offset, target, at, blocks);
            case Q5_K -> SuperBlockDecoder.q5(source, offset, target, at, blocks);
            case Q6_K -> SuperBlockDecoder.q6(source, offset, target, at, blocks);
        }
    }

    /**
     * Encodes {@code count} finite elements: F16, BF16 and the types of 32 per block bit for bit as ggml's reference
     * quantization does; the K types without ggml's search for the best scale, so that no element is off by more than
     * half a step of its sub-block.
     *
     * @param count a multiple of the type's block size
     * @throws EngineException if {@code count} is no whole number of blocks
     * @throws IndexOutOfBoundsException if source or target are too short
     */
    public static void encode(TensorType type, float[] source, int at, MemorySegment target, long offset, int count) {
        int blocks = blocks(type, target, offset, source, at, count);
        switch (type) {
            case F32 -> BlockEncoder.f32(source, at, target, offset, blocks);
            case F16 -> BlockEncoder.f16(source, at, target, offset, blocks);
            case BF16 -> BlockEncoder.bf16(source, at, target, offset, blocks);
            case Q8_0 -> BlockEncoder.q8(source, at, target, offset, blocks);
            case Q4_0 -> BlockEncoder.q4(source, at, target, offset, blocks);
            case Q4_1 -> BlockEncoder.q4WithMin(source, at, target, offset, blocks);
            case Q5_0 -> BlockEncoder.q5(source, at, target, offset, blocks);
            case Q5_1 -> BlockEncoder.q5WithMin(source, at, target, offset, blocks);
            case Q4_K -> SuperBlockEncoder.q4(source, at, target, offset, blocks);
            case Q5_K -> SuperBlockEncoder.q5(source, at, target, offset, blocks);
            case Q6_K -> SuperBlockEncoder.q6(source, at, target, offset, blocks);
        }
    }

    private static int blocks(TensorType type, MemorySegment stored, long offset, float[] floats, int at, int count) {
        if (count % type.blockSize() != 0) {
            throw new EngineException(ErrorCode.BAD_REQUEST, "only whole blocks of " + type + " can be decoded or encoded")
                    .expected("a multiple of " + type.blockSize() + " elements").got(count);
        }
        Objects.checkFromIndexSize(at, count, floats.length);
        Objects.checkFromIndexSize(offset, type.bytes(count), stored.byteSize());
        return count / type.blockSize();
    }
}
