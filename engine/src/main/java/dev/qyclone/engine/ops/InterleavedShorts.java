package dev.qyclone.engine.ops;

import static dev.qyclone.engine.ops.InterleavedRows.ROWS;
import static dev.qyclone.engine.ops.Lanes.B;
import static dev.qyclone.engine.ops.Lanes.F;
import static dev.qyclone.engine.ops.Lanes.FLOAT;
import static dev.qyclone.engine.ops.Lanes.I;
import static dev.qyclone.engine.ops.Lanes.INT;
import static dev.qyclone.engine.ops.Lanes.LE;
import static dev.qyclone.engine.ops.Lanes.S;
import static dev.qyclone.engine.ops.Lanes.W;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Products of {@link InterleavedRows} with {@link RoundedActivations}, summed in 16 bits: acc += Σ step · Σ quant · x for a group's rows
 * from {@code lane} on, sixteen columns an iteration. In each int of a row the lower and the upper short hold quants of eight columns each,
 * and {@link ShortCoefficients} has a factor for both. Quants are never taken out one by one: with s_i the short shifted down by i quants,
 * quant i is s_i - b · s_(i+1), so that Σ x_i · quant_i = Σ s_i · (x_i - b · x_(i-1)), modulo 2^16 as everything here; the sum itself is
 * within 16 bits.
 *
 * <p>One group a loop, and small methods: larger ones box their vectors depending on what was compiled before. Factors come from memory
 * outside the heap, since C2 broadcasts those in one load, and numbers of an array in two operations.
 */
final class InterleavedShorts {
    private InterleavedShorts() {
    }

    /** Nibbles less 8, and what {@link ShortCoefficients} puts in for the rest of each quant. */
    static void nibbles(MemorySegment w, long nibbles, int lane, int cols, MemorySegment x, float[] steps, float[] acc) {
        FloatVector sum = FloatVector.fromArray(F, acc, lane);
        for (int j = 0; j < cols; j += 16) {
            ShortVector v = ShortVector.fromMemorySegment(W, w, nibbles + 4 * lane + 8L * j, LE);
            ShortVector u = ShortVector.fromMemorySegment(W, w, nibbles + 4 * lane + 8L * j + 4 * ROWS, LE);
            ShortVector s = v.mul(IntVector.broadcast(I, x.get(INT, 4L * j)).reinterpretAsShorts())
                    .add(IntVector.broadcast(I, x.get(INT, 4L * j + 16)).reinterpretAsShorts());
            ShortVector t = u.mul(IntVector.broadcast(I, x.get(INT, 4L * j + 32)).reinterpretAsShorts());
            s = v.lanewise(VectorOperators.LSHR, 4).mul(IntVector.broadcast(I, x.get(INT, 4L * j + 4)).reinterpretAsShorts()).add(s);
            t = u.lanewise(VectorOperators.LSHR, 4).mul(IntVector.broadcast(I, x.get(INT, 4L * j + 36)).reinterpretAsShorts()).add(t);
            s = v.lanewise(VectorOperators.LSHR, 8).mul(IntVector.broadcast(I, x.get(INT, 4L * j + 8)).reinterpretAsShorts()).add(s);
            t = u.lanewise(VectorOperators.LSHR, 8).mul(IntVector.broadcast(I, x.get(INT, 4L * j + 40)).reinterpretAsShorts()).add(t);
            s = v.lanewise(VectorOperators.LSHR, 12).mul(IntVector.broadcast(I, x.get(INT, 4L * j + 12)).reinterpretAsShorts()).add(s);
            t = u.lanewise(VectorOperators.LSHR, 12).mul(IntVector.broadcast(I, x.get(INT, 4L * j + 44)).reinterpretAsShorts()).add(t);
            IntVector p = s.add(t).reinterpretAsInts();
            p = p.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16).add(p.lanewise(VectorOperators.ASHR, 16));
            sum = ((FloatVector) p.castShape(F, 0))
                    .fma(FloatVector.broadcast(F, x.get(FLOAT, 4L * j + 20)), FloatVector.broadcast(F, x.get(FLOAT, 4L * j + 24)))
                    .fma(FloatVector.fromArray(F, steps, j + lane), sum);
        }
        sum.intoArray(acc, lane);
    }

    /** The fifth bits of quants. */
    static void fifthBits(MemorySegment w, long highs, int lane, int cols, MemorySegment x, float[] steps, float[] acc) {
        FloatVector sum = FloatVector.fromArray(F, acc, lane);
        for (int j = 0; j < cols; j += 16) {
            IntVector v8 = ((IntVector) ByteVector.fromMemorySegment(B, w, highs + lane + 2L * j, LE).castShape(I, 0)).and(0xff);
            IntVector u8 = ((IntVector) ByteVector.fromMemorySegment(B, w, highs + lane + 2L * j + ROWS, LE).castShape(I, 0)).and(0xff);
            ShortVector v = u8.lanewise(VectorOperators.LSHL, 16).or(v8).reinterpretAsShorts();
            ShortVector s = v.mul(IntVector.broadcast(I, x.get(INT, 4L * j)).reinterpretAsShorts());
            ShortVector t = v.lanewise(VectorOperators.LSHR, 1).mul(IntVector.broadcast(I, x.get(INT, 4L * j + 4)).reinterpretAsShorts());
            s = v.lanewise(VectorOperators.LSHR, 2).mul(IntVector.broadcast(I, x.get(INT, 4L * j + 8)).reinterpretAsShorts()).add(s);
            t = v.lanewise(VectorOperators.LSHR, 3).mul(IntVector.broadcast(I, x.get(INT, 4L * j + 12)).reinterpretAsShorts()).add(t);
            s = v.lanewise(VectorOperators.LSHR, 4).mul(IntVector.broadcast(I, x.get(INT, 4L * j + 16)).reinterpretAsShorts()).add(s);
            t = v.lanewise(VectorOperators.LSHR, 5).mul(IntVector.broadcast(I, x.get(INT, 4L * j + 20)).reinterpretAsShorts()).add(t);
            s = v.lanewise(VectorOperators.LSHR, 6).mul(IntVector.broadcast(I, x.get(INT, 4L * j + 24)).reinterpretAsShorts()).add(s);
            t = v.lanewise(VectorOperators.LSHR, 7).mul(IntVector.broadcast(I, x.get(INT, 4L * j + 28)).reinterpretAsShorts()).add(t);
            IntVector p = s.add(t).reinterpretAsInts();
            p = p.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16).add(p.lanewise(VectorOperators.ASHR, 16));
            sum = ((FloatVector) p.castShape(F, 0)).mul(FloatVector.broadcast(F, x.get(FLOAT, 4L * j + 32)))
                    .fma(FloatVector.fromArray(F, steps, j + lane), sum);
        }
        sum.intoArray(acc, lane);
    }

    /** The fifth and sixth bits of quants. */
    static void highPairs(MemorySegment w, long highs, int lane, int cols, MemorySegment x, float[] steps, float[] acc) {
        FloatVector sum = FloatVector.fromArray(F, acc, lane);
        for (int j = 0; j < cols; j += 16) {
            IntVector v16 = ((IntVector) ShortVector.fromMemorySegment(S, w, highs + 2 * lane + 4L * j, LE).castShape(I, 0)).and(0xffff);
            IntVector u16 = (IntVector) ShortVector.fromMemorySegment(S, w, highs + 2 * lane + 4L * j + 2 * ROWS, LE).castShape(I, 0);
            ShortVector v = u16.lanewise(VectorOperators.LSHL, 16).or(v16).reinterpretAsShorts();
            ShortVector s = v.mul(IntVector.broadcast(I, x.get(INT, 4L * j)).reinterpretAsShorts());
            ShortVector t = v.lanewise(VectorOperators.LSHR, 2).mul(IntVector.broadcast(I, x.get(INT, 4L * j + 4)).reinterpretAsShorts());
            s = v.lanewise(VectorOperators.LSHR, 4).mul(IntVector.broadcast(I, x.get(INT, 4L * j + 8)).reinterpretAsShorts()).add(s);
            t = v.lanewise(VectorOperators.LSHR, 6).mul(IntVector.broadcast(I, x.get(INT, 4L * j + 12)).reinterpretAsShorts()).add(t);
            s = v.lanewise(VectorOperators.LSHR, 8).mul(IntVector.broadcast(I, x.get(INT, 4L * j + 16)).reinterpretAsShorts()).add(s);
            t = v.lanewise(VectorOperators.LSHR, 10).mul(IntVector.broadcast(I, x.get(INT, 4L * j + 20)).reinterpretAsShorts()).add(t);
            s = v.lanewise(VectorOperators.LSHR, 12).mul(IntVector.broadcast(I, x.get(INT, 4L * j + 24)).reinterpretAsShorts()).add(s);
            t = v.lanewise(VectorOperators.LSHR, 14).mul(IntVector.broadcast(I, x.get(INT, 4L * j + 28)).reinterpretAsShorts()).add(t);
            IntVector p = s.add(t).reinterpretAsInts();
            p = p.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16).add(p.lanewise(VectorOperators.ASHR, 16));
            sum = ((FloatVector) p.castShape(F, 0)).mul(FloatVector.broadcast(F, x.get(FLOAT, 4L * j + 32)))
                    .fma(FloatVector.fromArray(F, steps, j + lane), sum);
        }
        sum.intoArray(acc, lane);
    }
}
