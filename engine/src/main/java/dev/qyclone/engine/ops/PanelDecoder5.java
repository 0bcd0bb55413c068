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
import jdk.incubator.vector.VectorOperators;

/**
 * Decodes Q4_1, Q5_0 and Q5_1 (32 elements per block) to the floats of {@code Blocks.decode}, bit for bit. For 256- and 512-bit shapes.
 *
 * <p>A half times a quant of five bits is exact, so a fused multiply-add rounds as ggml's multiplication and addition do,
 * and 16 times the quant, where the high nibble stands, is multiplied by a sixteenth of the step.
 */
final class PanelDecoder5 {
    private static final int Q41_BYTES = 20;
    private static final int Q50_BYTES = 22;
    private static final int Q51_BYTES = 24;
    private static final int[] LANES = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

    private PanelDecoder5() {
    }

    /** (d, m, nibbles[16]): d · nibble + m. */
    static void q41(MemorySegment source, long offset, float[] target, int at, int count) {
        long o = offset;
        for (int block = at; block < at + count; block += 32) {
            float d = Float.float16ToFloat(source.get(HALF, o));
            FloatVector step0 = FloatVector.broadcast(F, d);
            FloatVector step1 = FloatVector.broadcast(F, d * 0.0625f);
            FloatVector min = FloatVector.broadcast(F, Float.float16ToFloat(source.get(HALF, o + 2)));
            for (int i = 0; i < 16; i += L) {
                IntVector q = (IntVector) ByteVector.fromMemorySegment(B, source, o + 4 + i, LE).castShape(I, 0);
                ((FloatVector) q.and(15).castShape(F, 0)).fma(step0, min).intoArray(target, block + i);
                ((FloatVector) q.and(240).castShape(F, 0)).fma(step1, min).intoArray(target, block + i + 16);
            }
            o += Q41_BYTES;
        }
    }

    /** (d, qh, nibbles[16]): d · (fifth bit and nibble - 16). */
    static void q50(MemorySegment source, long offset, float[] target, int at, int count) {
        IntVector lanes = IntVector.fromArray(I, LANES, 0);
        long o = offset;
        for (int block = at; block < at + count; block += 32) {
            float d = Float.float16ToFloat(source.get(HALF, o));
            int high = source.get(INT, o + 2);
            FloatVector step0 = FloatVector.broadcast(F, d);
            FloatVector step1 = FloatVector.broadcast(F, d * 0.0625f);
            for (int i = 0; i < 16; i += L) {
                IntVector q = (IntVector) ByteVector.fromMemorySegment(B, source, o + 6 + i, LE).castShape(I, 0);
                IntVector high0 = IntVector.broadcast(I, (high >>> i & 0xffff) << 4).lanewise(VectorOperators.LSHR, lanes).and(16);
                IntVector high1 = IntVector.broadcast(I, high >>> 16 + i << 8).lanewise(VectorOperators.LSHR, lanes).and(256);
                ((FloatVector) q.and(15).or(high0).sub(16).castShape(F, 0)).mul(step0).intoArray(target, block + i);
                ((FloatVector) q.and(240).or(high1).sub(256).castShape(F, 0)).mul(step1).intoArray(target, block + i + 16);
            }
            o += Q50_BYTES;
        }
    }

    /** (d, m, qh, nibbles[16]): d · fifth bit and nibble + m. */
    static void q51(MemorySegment source, long offset, float[] target, int at, int count) {
        IntVector lanes = IntVector.fromArray(I, LANES, 0);
        long o = offset;
        for (int block = at; block < at + count; block += 32) {
            float d = Float.float16ToFloat(source.get(HALF, o));
            int high = source.get(INT, o + 4);
            FloatVector step0 = FloatVector.broadcast(F, d);
            FloatVector step1 = FloatVector.broadcast(F, d * 0.0625f);
            FloatVector min = FloatVector.broadcast(F, Float.float16ToFloat(source.get(HALF, o + 2)));
            for (int i = 0; i < 16; i += L) {
                IntVector q = (IntVector) ByteVector.fromMemorySegment(B, source, o + 8 + i, LE).castShape(I, 0);
                IntVector high0 = IntVector.broadcast(I, (high >>> i & 0xffff) << 4).lanewise(VectorOperators.LSHR, lanes).and(16);
                IntVector high1 = IntVector.broadcast(I, high >>> 16 + i << 8).lanewise(VectorOperators.LSHR, lanes).and(256);
                ((FloatVector) q.and(15).or(high0).castShape(F, 0)).fma(step0, min).intoArray(target, block + i);
                ((FloatVector) q.and(240).or(high1).castShape(F, 0)).fma(step1, min).intoArray(target, block + i + 16);
            }
            o += Q51_BYTES;
        }
    }
}
