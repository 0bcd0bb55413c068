package dev.qyclone.engine.ops;

import static dev.qyclone.engine.ops.Lanes.B;
import static dev.qyclone.engine.ops.Lanes.F;
import static dev.qyclone.engine.ops.Lanes.HALF;
import static dev.qyclone.engine.ops.Lanes.I;
import static dev.qyclone.engine.ops.Lanes.INT;
import static dev.qyclone.engine.ops.Lanes.L;
import static dev.qyclone.engine.ops.Lanes.LE;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Decodes ggml's K types (256 elements per block) to the floats of {@code Blocks.decode}, bit for bit. For 256- and 512-bit shapes.
 *
 * <p>A half times a small scale times a quant has at most 11 + 7 + 5 significant bits, so this product is exact: a fused
 * multiply-add rounds as ggml's multiplication and subtraction do. For the same reason a high nibble need not be shifted
 * down: 16 times the quant is multiplied by a sixteenth of the step.
 *
 * <p>The steps of a block wait in the last elements of its own target until these are written.
 */
final class PanelDecoderK {
    private static final int Q4_BYTES = 144;
    private static final int Q5_BYTES = 176;
    private static final int Q6_BYTES = 210;
    private static final int TAIL = 240;
    private static final int[] BYTE_OF_LANE = {0, 0, 8, 8, 16, 16, 24, 24};

    private PanelDecoderK() {
    }

    /** (d, dmin, scales[12], nibbles[128]); sub-blocks of 32: (d · S) · nibble - dmin · M. */
    static void q4(MemorySegment source, long offset, float[] target, int at, int count) {
        long o = offset;
        for (int block = at; block < at + count; block += 256) {
            steps(source, o, target, block + TAIL);
            for (int pair = 0; pair < 4; pair++) {
                int step = block + TAIL + stepOfPair(pair);
                FloatVector step0 = FloatVector.broadcast(F, target[step]);
                FloatVector step1 = FloatVector.broadcast(F, target[step + 2] * 0.0625f);
                FloatVector min0 = FloatVector.broadcast(F, target[step + 8]);
                FloatVector min1 = FloatVector.broadcast(F, target[step + 10]);
                for (int i = 0; i < 32; i += L) {
                    int to = block + 64 * pair + i;
                    IntVector q = (IntVector) ByteVector.fromMemorySegment(B, source, o + 16 + 32 * pair + i, LE).castShape(I, 0);
                    ((FloatVector) q.and(15).castShape(F, 0)).fma(step0, min0).intoArray(target, to);
                    ((FloatVector) q.and(240).castShape(F, 0)).fma(step1, min1).intoArray(target, to + 32);
                }
            }
            o += Q4_BYTES;
        }
    }

    /** (d, dmin, scales[12], qh[32], nibbles[128]); as {@link #q4} with bit {@code group} of qh as fifth bit. */
    static void q5(MemorySegment source, long offset, float[] target, int at, int count) {
        long o = offset;
        for (int block = at; block < at + count; block += 256) {
            steps(source, o, target, block + TAIL);
            for (int pair = 0; pair < 4; pair++) {
                int step = block + TAIL + stepOfPair(pair);
                FloatVector step0 = FloatVector.broadcast(F, target[step]);
                FloatVector step1 = FloatVector.broadcast(F, target[step + 2] * 0.0625f);
                FloatVector min0 = FloatVector.broadcast(F, target[step + 8]);
                FloatVector min1 = FloatVector.broadcast(F, target[step + 10]);
                for (int i = 0; i < 32; i += L) {
                    int to = block + 64 * pair + i;
                    IntVector q = (IntVector) ByteVector.fromMemorySegment(B, source, o + 48 + 32 * pair + i, LE).castShape(I, 0);
                    IntVector high = ((IntVector) ByteVector.fromMemorySegment(B, source, o + 16 + i, LE).castShape(I, 0))
                            .lanewise(VectorOperators.LSHL, 7).lanewise(VectorOperators.LSHR, 2 * pair);
                    ((FloatVector) q.and(15).or(high.lanewise(VectorOperators.LSHR, 3).and(16)).castShape(F, 0))
                            .fma(step0, min0).intoArray(target, to);
                    ((FloatVector) q.and(240).or(high.and(256)).castShape(F, 0)).fma(step1, min1).intoArray(target, to + 32);
                }
            }
            o += Q5_BYTES;
        }
    }

    /** (ql[128], qh[64], scales[16], d); sub-blocks of 16: (d · scale) · (two high bits and nibble - 32). */
    static void q6(MemorySegment source, long offset, float[] target, int at, int count) {
        long o = offset;
        for (int block = at; block < at + count; block += 256) {
            FloatVector d = FloatVector.broadcast(F, Float.float16ToFloat(source.get(HALF, o + 208)));
            for (int i = 0; i < 16; i += L) {
                ((FloatVector) ByteVector.fromMemorySegment(B, source, o + 192 + i, LE).castShape(F, 0)).mul(d)
                        .intoArray(target, block + TAIL + i);
            }
            for (int part = 0; part < 256; part += 128) {
                for (int i = 0; i < 32; i += L) {
                    int to = block + part + i;
                    int step = block + TAIL + (part + i) / 16;
                    FloatVector step0 = FloatVector.broadcast(F, target[step]);
                    FloatVector step1 = FloatVector.broadcast(F, target[step + 2]);
                    FloatVector step2 = FloatVector.broadcast(F, target[step + 4] * 0.0625f);
                    FloatVector step3 = FloatVector.broadcast(F, target[step + 6] * 0.0625f);
                    IntVector p = (IntVector) ByteVector.fromMemorySegment(B, source, o + part / 2 + i, LE).castShape(I, 0);
                    IntVector q = (IntVector) ByteVector.fromMemorySegment(B, source, o + part / 2 + 32 + i, LE).castShape(I, 0);
                    IntVector high = ((IntVector) ByteVector.fromMemorySegment(B, source, o + 128 + part / 4 + i, LE).castShape(I, 0))
                            .lanewise(VectorOperators.LSHL, 2);
                    ((FloatVector) q.and(15).or(high.and(48)).sub(32).castShape(F, 0)).mul(step1).intoArray(target, to + 32);
                    ((FloatVector) q.and(240).or(high.and(768)).sub(512).castShape(F, 0)).mul(step3).intoArray(target, to + 96);
                    high = high.lanewise(VectorOperators.LSHL, 2);
                    ((FloatVector) p.and(15).or(high.and(48)).sub(32).castShape(F, 0)).mul(step0).intoArray(target, to);
                    ((FloatVector) p.and(240).or(high.and(768)).sub(512).castShape(F, 0)).mul(step2).intoArray(target, to + 64);
                }
            }
            o += Q6_BYTES;
        }
    }

    /**
     * Writes d · S and then -dmin · M of a block's eight sub-blocks, each in the order 0, 4, 1, 5, 2, 6, 3, 7. The 6-bit
     * numbers of sub-blocks 4 to 7 have their upper two bits in the bytes of 0 to 3.
     */
    private static void steps(MemorySegment source, long o, float[] target, int at) {
        int a = source.get(INT, o + 4);
        int b = source.get(INT, o + 8);
        int c = source.get(INT, o + 12);
        long scales = a & 0x3f3f3f3f | (long) (c & 0x0f0f0f0f | a >>> 2 & 0x30303030) << 32;
        long mins = b & 0x3f3f3f3f | (long) (c >>> 4 & 0x0f0f0f0f | b >>> 2 & 0x30303030) << 32;
        IntVector shifts = IntVector.fromArray(IntVector.SPECIES_256, BYTE_OF_LANE, 0);
        ((FloatVector) LongVector.broadcast(LongVector.SPECIES_256, scales).reinterpretAsInts()
                .lanewise(VectorOperators.LSHR, shifts).and(255).castShape(FloatVector.SPECIES_256, 0))
                .mul(Float.float16ToFloat(source.get(HALF, o))).intoArray(target, at);
        ((FloatVector) LongVector.broadcast(LongVector.SPECIES_256, mins).reinterpretAsInts()
                .lanewise(VectorOperators.LSHR, shifts).and(255).castShape(FloatVector.SPECIES_256, 0))
                .mul(-Float.float16ToFloat(source.get(HALF, o + 2))).intoArray(target, at + 8);
    }

    /** Where {@link #steps} puts the first of sub-blocks 2 · pair and 2 · pair + 1; the second is two further on. */
    private static int stepOfPair(int pair) {
        return pair % 2 * 4 + pair / 2;
    }
}
