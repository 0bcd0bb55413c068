package dev.qyclone.engine.ops;

import static dev.qyclone.engine.ops.InterleavedRows.ROWS;
import static dev.qyclone.engine.ops.Lanes.F;
import static dev.qyclone.engine.ops.Lanes.I;
import static dev.qyclone.engine.ops.Lanes.LE;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Second half of a product of {@link InterleavedRows}: acc += Σ step · Σ quant · x for a group's rows from {@code lane} on. A quant is
 * not shifted down to become a float: it counts 16 or 256 times its value, and x was divided by that ({@link #NIBBLES}, {@link #BYTES}),
 * both exactly. One group a loop, and small methods: larger ones box their vectors depending on what was compiled before.
 */
final class InterleavedQuants {
    /** What x is multiplied with for {@link #nibbles}, by column modulo 16. */
    static final float[] NIBBLES = {1, 0x1p-4f, 0x1p-8f, 0x1p-12f, 0x1p-16f, 0x1p-20f, 0x1p-24f, 1,
        1, 0x1p-4f, 0x1p-8f, 0x1p-12f, 0x1p-16f, 0x1p-20f, 0x1p-24f, 1};
    /** What x is multiplied with for {@link #even} and {@link #odd}, by column modulo 16. */
    static final float[] BYTES = {1, 1, 0x1p-8f, 0x1p-8f, 0x1p-16f, 0x1p-16f, 1, 1,
        1, 1, 0x1p-8f, 0x1p-8f, 0x1p-16f, 0x1p-16f, 1, 1};

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

    /**
     * Quants of five or six bits in the even columns.
     *
     * @param bits 1 or 2 above the nibble
     */
    static void even(MemorySegment w, long nibbles, long highs, int bits, int lane, int cols, float[] x, float[] steps, float[] acc) {
        FloatVector sum = FloatVector.fromArray(F, acc, lane);
        IntVector mask = IntVector.broadcast(I, bits == 1 ? 0x10101010 : 0x30303030);
        int eights = bits == 1 ? 3 : 1;
        for (int j = 0; j < cols; j += 8) {
            int eight = j >>> 3;
            IntVector v = IntVector.fromMemorySegment(I, w, nibbles + 8L * j + 4 * lane, LE).and(0x0f0f0f0f)
                    .or(IntVector.fromMemorySegment(I, w, highs + (eight >>> 3 - bits) * 4L * ROWS + 4 * lane, LE)
                            .lanewise(VectorOperators.LSHL, 4 - (eight & eights) * bits).and(mask));
            FloatVector a = ((FloatVector) v.and(0xff).castShape(F, 0)).mul(FloatVector.broadcast(F, x[j]));
            FloatVector b = ((FloatVector) v.and(0xff00).castShape(F, 0)).mul(FloatVector.broadcast(F, x[j + 2]));
            a = ((FloatVector) v.and(0xff0000).castShape(F, 0)).fma(FloatVector.broadcast(F, x[j + 4]), a);
            b = ((FloatVector) v.lanewise(VectorOperators.LSHR, 24).castShape(F, 0)).fma(FloatVector.broadcast(F, x[j + 6]), b);
            sum = a.add(b).fma(FloatVector.fromArray(F, steps, (j & -16) + lane), sum);
        }
        sum.intoArray(acc, lane);
    }

    /** As {@link #even} in the odd columns. */
    static void odd(MemorySegment w, long nibbles, long highs, int bits, int lane, int cols, float[] x, float[] steps, float[] acc) {
        FloatVector sum = FloatVector.fromArray(F, acc, lane);
        IntVector mask = IntVector.broadcast(I, bits == 1 ? 0x10101010 : 0x30303030);
        int eights = bits == 1 ? 3 : 1;
        for (int j = 0; j < cols; j += 8) {
            int eight = j >>> 3;
            IntVector v = IntVector.fromMemorySegment(I, w, nibbles + 8L * j + 4 * lane, LE)
                    .lanewise(VectorOperators.LSHR, 4).and(0x0f0f0f0f)
                    .or(IntVector.fromMemorySegment(I, w, highs + (eight >>> 3 - bits) * 4L * ROWS + 4 * lane, LE)
                            .lanewise(VectorOperators.LSHR, (eight & eights) * bits).and(mask));
            FloatVector a = ((FloatVector) v.and(0xff).castShape(F, 0)).mul(FloatVector.broadcast(F, x[j + 1]));
            FloatVector b = ((FloatVector) v.and(0xff00).castShape(F, 0)).mul(FloatVector.broadcast(F, x[j + 3]));
            a = ((FloatVector) v.and(0xff0000).castShape(F, 0)).fma(FloatVector.broadcast(F, x[j + 5]), a);
            b = ((FloatVector) v.lanewise(VectorOperators.LSHR, 24).castShape(F, 0)).fma(FloatVector.broadcast(F, x[j + 7]), b);
            sum = a.add(b).fma(FloatVector.fromArray(F, steps, (j & -16) + lane), sum);
        }
        sum.intoArray(acc, lane);
    }
}
