package dev.qyclone.engine.ops;

import static dev.qyclone.engine.ops.InterleavedRows.ROWS;
import static dev.qyclone.engine.ops.Lanes.B;
import static dev.qyclone.engine.ops.Lanes.F;
import static dev.qyclone.engine.ops.Lanes.I;
import static dev.qyclone.engine.ops.Lanes.LE;
import static dev.qyclone.engine.ops.Lanes.S;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * First half of a product of {@link InterleavedRows}: a weight is step · quant + shift, and what the shifts add, shift · Σ x, does not
 * need the quants. Each method writes the steps of a group's rows from {@code lane} on, sixteen floats for each sixteen columns, and adds
 * the sums of the shifts. All products of scales are exact, as in {@link PanelDecoderK}.
 */
final class InterleavedSteps {
    private static final float LIFT = 0x1p112f;
    private static final int HALF_BITS = 0x8fffe000;
    private static final long SUPER_BYTES = 20L * ROWS;
    private static final long SIX_BYTES = 18L * ROWS;

    private InterleavedSteps() {
    }

    /**
     * Q4_0, Q5_0: a half a block; shift = a constant times step.
     *
     * @param o where the first block begins
     * @param sums constant · Σ x of each block
     * @param acc gets the sums of the shifts added
     */
    static void halves(MemorySegment w, long o, int lane, int blocks, float[] sums, float[] steps, float[] acc) {
        FloatVector shifts = FloatVector.fromArray(F, acc, lane);
        for (int block = 0; block < blocks; block++) {
            FloatVector d = ((IntVector) ShortVector.fromMemorySegment(S, w, o + 2L * ROWS * block + 2 * lane, LE).castShape(I, 0))
                    .lanewise(VectorOperators.LSHL, 13).and(HALF_BITS).reinterpretAsFloats().mul(LIFT);
            d.intoArray(steps, 2 * ROWS * block + lane);
            d.intoArray(steps, 2 * ROWS * block + ROWS + lane);
            shifts = d.fma(FloatVector.broadcast(F, sums[block]), shifts);
        }
        shifts.intoArray(acc, lane);
    }

    /** The same where {@link ShortCoefficients} have what the shifts add: nothing to sum, so no step waits for the one before. */
    static void halves(MemorySegment w, long o, int lane, int blocks, float[] steps) {
        for (int block = 0; block < blocks; block++) {
            FloatVector d = ((IntVector) ShortVector.fromMemorySegment(S, w, o + 2L * ROWS * block + 2 * lane, LE).castShape(I, 0))
                    .lanewise(VectorOperators.LSHL, 13).and(HALF_BITS).reinterpretAsFloats().mul(LIFT);
            d.intoArray(steps, 2 * ROWS * block + lane);
            d.intoArray(steps, 2 * ROWS * block + ROWS + lane);
        }
    }

    /** Q4_1, Q5_1: two halves a block, step and shift. */
    static void pairs(MemorySegment w, long o, int lane, int blocks, float[] sums, float[] steps, float[] acc) {
        FloatVector shifts = FloatVector.fromArray(F, acc, lane);
        for (int block = 0; block < blocks; block++) {
            long b = o + 4L * ROWS * block + 2 * lane;
            FloatVector d = ((IntVector) ShortVector.fromMemorySegment(S, w, b, LE).castShape(I, 0))
                    .lanewise(VectorOperators.LSHL, 13).and(HALF_BITS).reinterpretAsFloats().mul(LIFT);
            FloatVector m = ((IntVector) ShortVector.fromMemorySegment(S, w, b + 2 * ROWS, LE).castShape(I, 0))
                    .lanewise(VectorOperators.LSHL, 13).and(HALF_BITS).reinterpretAsFloats().mul(LIFT);
            d.intoArray(steps, 2 * ROWS * block + lane);
            d.intoArray(steps, 2 * ROWS * block + ROWS + lane);
            shifts = m.fma(FloatVector.broadcast(F, sums[block]), shifts);
        }
        shifts.intoArray(acc, lane);
    }

    /** Q4_K, Q5_K: d and dmin, eight scales and eight minimums of a byte; step = d · scale, shift = -dmin · minimum. */
    static void scalesAndMinimums(
            MemorySegment w, long o, int lane, int blocks, float[] sums, float[] steps, float[] acc) {
        FloatVector shifts = FloatVector.fromArray(F, acc, lane);
        for (int part = 0; part < 8 * blocks; part++) {
            long b = o + SUPER_BYTES * (part >> 3);
            long scale = b + 4 * ROWS + (part & 7) * ROWS + lane;
            FloatVector d = ((IntVector) ShortVector.fromMemorySegment(S, w, b + 2 * lane, LE).castShape(I, 0))
                    .lanewise(VectorOperators.LSHL, 13).and(HALF_BITS).reinterpretAsFloats().mul(LIFT);
            FloatVector m = ((IntVector) ShortVector.fromMemorySegment(S, w, b + 2 * ROWS + 2 * lane, LE).castShape(I, 0))
                    .lanewise(VectorOperators.LSHL, 13).and(HALF_BITS).reinterpretAsFloats().mul(LIFT);
            d = ((FloatVector) ByteVector.fromMemorySegment(B, w, scale, LE).castShape(F, 0)).mul(d);
            m = ((FloatVector) ByteVector.fromMemorySegment(B, w, scale + 8 * ROWS, LE).castShape(F, 0)).mul(m);
            d.intoArray(steps, 2 * ROWS * part + lane);
            d.intoArray(steps, 2 * ROWS * part + ROWS + lane);
            shifts = m.fma(FloatVector.broadcast(F, sums[part]), shifts);
        }
        shifts.intoArray(acc, lane);
    }

    /** Q6_K: d and sixteen scales of a byte, each for 16 columns; shift = a constant times step. */
    static void scales(MemorySegment w, long o, int lane, int blocks, float[] sums, float[] steps, float[] acc) {
        FloatVector shifts = FloatVector.fromArray(F, acc, lane);
        for (int part = 0; part < 16 * blocks; part++) {
            long b = o + SIX_BYTES * (part >> 4);
            FloatVector d = ((IntVector) ShortVector.fromMemorySegment(S, w, b + 2 * lane, LE).castShape(I, 0))
                    .lanewise(VectorOperators.LSHL, 13).and(HALF_BITS).reinterpretAsFloats().mul(LIFT);
            d = ((FloatVector) ByteVector.fromMemorySegment(B, w, b + 2 * ROWS + (part & 15) * ROWS + lane, LE).castShape(F, 0)).mul(d);
            d.intoArray(steps, ROWS * part + lane);
            shifts = d.fma(FloatVector.broadcast(F, sums[part]), shifts);
        }
        shifts.intoArray(acc, lane);
    }
}
