package dev.qyclone.engine.ops;

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
 * Second half of a product of {@link InterleavedRows}: acc += Σ step · Σ quant · x for a group's rows from {@code lane} on. A quant is
 * not shifted down to become a float: it counts 16 to the power of its column times its value, and x was divided by that
 * ({@link #FACTORS}), both exactly. One group a loop, and small methods: larger ones box their vectors depending on what was compiled
 * before.
 */
final class InterleavedQuants {
    /** What x is multiplied with, by column modulo 16. Only the last of eight quants is shifted down. */
    static final float[] FACTORS = {1, 0x1p-4f, 0x1p-8f, 0x1p-12f, 0x1p-16f, 0x1p-20f, 0x1p-24f, 1,
        1, 0x1p-4f, 0x1p-8f, 0x1p-12f, 0x1p-16f, 0x1p-20f, 0x1p-24f, 1};

    private InterleavedQuants() {
    }

    /** Quants of four bits. */
    static void nibbles(MemorySegment w, long nibbles, int lane, int cols, float[] x, float[] steps, float[] acc) {
        FloatVector sum = FloatVector.fromArray(F, acc, lane);
        long o = nibbles + 4 * lane;
        for (int j = 0; j < cols; j += 8) {
            IntVector v = IntVector.fromMemorySegment(I, w, o + 8L * j, LE);
            FloatVector a = ((FloatVector) v.and(0xf).castShape(F, 0)).mul(FloatVector.broadcast(F, x[j]));
            FloatVector b = ((FloatVector) v.and(0xf0).castShape(F, 0)).mul(FloatVector.broadcast(F, x[j + 1]));
            a = ((FloatVector) v.and(0xf00).castShape(F, 0)).fma(FloatVector.broadcast(F, x[j + 2]), a);
            b = ((FloatVector) v.and(0xf000).castShape(F, 0)).fma(FloatVector.broadcast(F, x[j + 3]), b);
            a = ((FloatVector) v.and(0xf0000).castShape(F, 0)).fma(FloatVector.broadcast(F, x[j + 4]), a);
            b = ((FloatVector) v.and(0xf00000).castShape(F, 0)).fma(FloatVector.broadcast(F, x[j + 5]), b);
            a = ((FloatVector) v.and(0xf000000).castShape(F, 0)).fma(FloatVector.broadcast(F, x[j + 6]), a);
            b = ((FloatVector) v.lanewise(VectorOperators.LSHR, 28).castShape(F, 0)).fma(FloatVector.broadcast(F, x[j + 7]), b);
            sum = a.add(b).fma(FloatVector.fromArray(F, steps, (j & -16) + lane), sum);
        }
        sum.intoArray(acc, lane);
    }

    /** Quants of five bits, columns 0 to 3 of each eight: two methods of half the size each. */
    static void fiveFirst(
            MemorySegment w, long nibbles, long highs, int lane, int cols, float[] x, float[] steps, float[] acc) {
        FloatVector sum = FloatVector.fromArray(F, acc, lane);
        for (int j = 0; j < cols; j += 8) {
            IntVector v = IntVector.fromMemorySegment(I, w, nibbles + 4 * lane + 8L * j, LE);
            IntVector h = (IntVector) ByteVector.fromMemorySegment(B, w, highs + lane + 2L * j, LE).castShape(I, 0);
            IntVector h0 = h.lanewise(VectorOperators.LSHL, 4);
            IntVector h2 = h.lanewise(VectorOperators.LSHL, 11);
            FloatVector a = ((FloatVector) v.and(0xf).or(h0.and(0x10)).castShape(F, 0)).mul(FloatVector.broadcast(F, x[j]));
            FloatVector b = ((FloatVector) v.and(0xf0).or(h0.and(0x100)).castShape(F, 0)).mul(FloatVector.broadcast(F, x[j + 1]));
            a = ((FloatVector) v.and(0xf00).or(h2.and(0x1000)).castShape(F, 0)).fma(FloatVector.broadcast(F, x[j + 2]), a);
            b = ((FloatVector) v.and(0xf000).or(h2.and(0x10000)).castShape(F, 0)).fma(FloatVector.broadcast(F, x[j + 3]), b);
            sum = a.add(b).fma(FloatVector.fromArray(F, steps, (j & -16) + lane), sum);
        }
        sum.intoArray(acc, lane);
    }

    /** Quants of five bits, columns 4 to 7 of each eight. */
    static void fiveLast(
            MemorySegment w, long nibbles, long highs, int lane, int cols, float[] x, float[] steps, float[] acc) {
        FloatVector sum = FloatVector.fromArray(F, acc, lane);
        for (int j = 0; j < cols; j += 8) {
            IntVector v = IntVector.fromMemorySegment(I, w, nibbles + 4 * lane + 8L * j, LE);
            IntVector h = (IntVector) ByteVector.fromMemorySegment(B, w, highs + lane + 2L * j, LE).castShape(I, 0);
            IntVector h4 = h.lanewise(VectorOperators.LSHL, 18);
            IntVector h6 = h.lanewise(VectorOperators.LSHL, 25);
            FloatVector a = ((FloatVector) v.and(0xf0000).or(h4.and(0x100000)).castShape(F, 0)).mul(FloatVector.broadcast(F, x[j + 4]));
            FloatVector b = ((FloatVector) v.and(0xf00000).or(h4.and(0x1000000)).castShape(F, 0)).mul(FloatVector.broadcast(F, x[j + 5]));
            a = ((FloatVector) v.and(0xf000000).or(h6.and(0x10000000)).castShape(F, 0)).fma(FloatVector.broadcast(F, x[j + 6]), a);
            b = ((FloatVector) v.lanewise(VectorOperators.LSHR, 28).or(h.lanewise(VectorOperators.LSHR, 3).and(0x10)).castShape(F, 0))
                    .fma(FloatVector.broadcast(F, x[j + 7]), b);
            sum = a.add(b).fma(FloatVector.fromArray(F, steps, (j & -16) + lane), sum);
        }
        sum.intoArray(acc, lane);
    }

    /** Quants of six bits, columns 0 to 3 of each eight. */
    static void sixFirst(
            MemorySegment w, long nibbles, long highs, int lane, int cols, float[] x, float[] steps, float[] acc) {
        FloatVector sum = FloatVector.fromArray(F, acc, lane);
        for (int j = 0; j < cols; j += 8) {
            IntVector v = IntVector.fromMemorySegment(I, w, nibbles + 4 * lane + 8L * j, LE);
            IntVector h = (IntVector) ShortVector.fromMemorySegment(S, w, highs + 2 * lane + 4L * j, LE).castShape(I, 0);
            IntVector h0 = h.lanewise(VectorOperators.LSHL, 4);
            FloatVector a = ((FloatVector) v.and(0xf).or(h0.and(0x30)).castShape(F, 0)).mul(FloatVector.broadcast(F, x[j]));
            FloatVector b = ((FloatVector) v.and(0xf0).or(h0.and(0x300)).castShape(F, 0)).mul(FloatVector.broadcast(F, x[j + 1]));
            a = ((FloatVector) v.and(0xf00).or(h0.and(0x3000)).castShape(F, 0)).fma(FloatVector.broadcast(F, x[j + 2]), a);
            b = ((FloatVector) v.and(0xf000).or(h0.and(0x30000)).castShape(F, 0)).fma(FloatVector.broadcast(F, x[j + 3]), b);
            sum = a.add(b).fma(FloatVector.fromArray(F, steps, (j & -16) + lane), sum);
        }
        sum.intoArray(acc, lane);
    }

    /** Quants of six bits, columns 4 to 7 of each eight. */
    static void sixLast(
            MemorySegment w, long nibbles, long highs, int lane, int cols, float[] x, float[] steps, float[] acc) {
        FloatVector sum = FloatVector.fromArray(F, acc, lane);
        for (int j = 0; j < cols; j += 8) {
            IntVector v = IntVector.fromMemorySegment(I, w, nibbles + 4 * lane + 8L * j, LE);
            IntVector h = (IntVector) ShortVector.fromMemorySegment(S, w, highs + 2 * lane + 4L * j, LE).castShape(I, 0);
            IntVector h4 = h.lanewise(VectorOperators.LSHL, 18);
            FloatVector a = ((FloatVector) v.and(0xf0000).or(h4.and(0x300000)).castShape(F, 0)).mul(FloatVector.broadcast(F, x[j + 4]));
            FloatVector b = ((FloatVector) v.and(0xf00000).or(h4.and(0x3000000)).castShape(F, 0)).mul(FloatVector.broadcast(F, x[j + 5]));
            a = ((FloatVector) v.and(0xf000000).or(h4.and(0x30000000)).castShape(F, 0)).fma(FloatVector.broadcast(F, x[j + 6]), a);
            b = ((FloatVector) v.lanewise(VectorOperators.LSHR, 28).or(h.lanewise(VectorOperators.LSHR, 10).and(0x30)).castShape(F, 0))
                    .fma(FloatVector.broadcast(F, x[j + 7]), b);
            sum = a.add(b).fma(FloatVector.fromArray(F, steps, (j & -16) + lane), sum);
        }
        sum.intoArray(acc, lane);
    }
}
