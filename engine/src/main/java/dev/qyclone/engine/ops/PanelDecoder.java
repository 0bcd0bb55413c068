package dev.qyclone.engine.ops;

import static dev.qyclone.engine.ops.Lanes.F;
import static dev.qyclone.engine.ops.Lanes.HALF;
import static dev.qyclone.engine.ops.Lanes.I;
import static dev.qyclone.engine.ops.Lanes.L;
import static dev.qyclone.engine.ops.Lanes.LE;
import static dev.qyclone.engine.ops.Lanes.S;

import dev.qyclone.engine.tensor.Blocks;
import dev.qyclone.engine.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/** Decodes runs of stored elements to floats with vectors, the same floats as {@link Blocks#decode} gives. */
final class PanelDecoder {
    private static final float LIFT = 0x1p112f;
    private static final int HALF_BITS = 0x8fffe000;
    // An infinite or NaN half comes out as a float from 2^16 on; with all exponent bits set it is what it was.
    private static final float TOO_LARGE = 0x1p16f;
    private static final int INFINITE = 0x7f800000;
    private static final int Q8_BYTES = 34;
    private static final int Q4_BYTES = 18;

    private PanelDecoder() {
    }

    /** Decodes {@code count} elements that are stored from byte {@code offset} on to {@code target[at ..)}. */
    static void decode(TensorType type, MemorySegment source, long offset, float[] target, int at, int count) {
        if (L < 8 && type.blockSize() > 1) {
            Blocks.decode(type, source, offset, target, at, count);
            return;
        }
        switch (type) {
            case F32 -> MemorySegment.copy(source, Lanes.FLOAT, offset, target, at, count);
            case F16 -> decodeF16(source, offset, target, at, count);
            case BF16 -> decodeBF16(source, offset, target, at, count);
            case Q8_0 -> decodeQ8(source, offset, target, at, count);
            case Q4_0 -> decodeQ4(source, offset, target, at, count);
            case Q4_1 -> PanelDecoder5.q41(source, offset, target, at, count);
            case Q5_0 -> PanelDecoder5.q50(source, offset, target, at, count);
            case Q5_1 -> PanelDecoder5.q51(source, offset, target, at, count);
            case Q4_K -> PanelDecoderK.q4(source, offset, target, at, count);
            case Q5_K -> PanelDecoderK.q5(source, offset, target, at, count);
            case Q6_K -> PanelDecoderK.q6(source, offset, target, at, count);
        }
    }

    private static void decodeF16(MemorySegment source, long offset, float[] target, int at, int count) {
        int bound = F.loopBound(count);
        for (int j = 0; j < bound; j += L) {
            FloatVector v = ((IntVector) ShortVector.fromMemorySegment(S, source, offset + 2L * j, LE).castShape(I, 0))
                    .lanewise(VectorOperators.LSHL, 13).and(HALF_BITS).reinterpretAsFloats().mul(LIFT);
            v.reinterpretAsInts().lanewise(VectorOperators.OR, INFINITE, v.abs().compare(VectorOperators.GE, TOO_LARGE).cast(I))
                    .reinterpretAsFloats().intoArray(target, at + j);
        }
        for (int j = bound; j < count; j++) {
            target[at + j] = Float.float16ToFloat(source.get(HALF, offset + 2L * j));
        }
    }

    /** Widens {@code count} halves from byte {@code offset} on to the floats at the start of {@code target}; count % 16 = 0. */
    static void widen(MemorySegment source, long offset, MemorySegment target, int count) {
        for (int j = 0; j < count; j += L) {
            FloatVector v = ((IntVector) ShortVector.fromMemorySegment(S, source, offset + 2L * j, LE).castShape(I, 0))
                    .lanewise(VectorOperators.LSHL, 13).and(HALF_BITS).reinterpretAsFloats().mul(LIFT);
            v.reinterpretAsInts().lanewise(VectorOperators.OR, INFINITE, v.abs().compare(VectorOperators.GE, TOO_LARGE).cast(I))
                    .intoMemorySegment(target, 4L * j, LE);
        }
    }

    private static void decodeBF16(MemorySegment source, long offset, float[] target, int at, int count) {
        int bound = F.loopBound(count);
        for (int j = 0; j < bound; j += L) {
            ((IntVector) ShortVector.fromMemorySegment(S, source, offset + 2L * j, LE).castShape(I, 0))
                    .lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().intoArray(target, at + j);
        }
        for (int j = bound; j < count; j++) {
            target[at + j] = Float.intBitsToFloat(source.get(HALF, offset + 2L * j) << 16);
        }
    }

    private static void decodeQ8(MemorySegment source, long offset, float[] target, int at, int count) {
        long o = offset;
        for (int j = 0; j < count; j += 32) {
            FloatVector d = FloatVector.broadcast(FloatVector.SPECIES_256, Float.float16ToFloat(source.get(HALF, o)));
            for (int i = 0; i < 32; i += 8) {
                ((FloatVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_64, source, o + 2 + i, LE)
                        .castShape(FloatVector.SPECIES_256, 0))
                        .mul(d).intoArray(target, at + j + i);
            }
            o += Q8_BYTES;
        }
    }

    private static void decodeQ4(MemorySegment source, long offset, float[] target, int at, int count) {
        long o = offset;
        for (int j = 0; j < count; j += 32) {
            FloatVector d = FloatVector.broadcast(FloatVector.SPECIES_256, Float.float16ToFloat(source.get(HALF, o)));
            for (int i = 0; i < 16; i += 8) {
                IntVector q = (IntVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_64, source, o + 2 + i, LE)
                        .castShape(IntVector.SPECIES_256, 0);
                ((FloatVector) q.and(15).sub(8).castShape(FloatVector.SPECIES_256, 0)).mul(d).intoArray(target, at + j + i);
                ((FloatVector) q.lanewise(VectorOperators.LSHR, 4).and(15).sub(8).castShape(FloatVector.SPECIES_256, 0)).mul(d)
                        .intoArray(target, at + j + i + 16);
            }
            o += Q4_BYTES;
        }
    }
}
