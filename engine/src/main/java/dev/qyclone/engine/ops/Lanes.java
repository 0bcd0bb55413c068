package dev.qyclone.engine.ops;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector shapes that all kernels use: as many float lanes as this machine prefers (4, 8 or 16), and the shapes of other
 * element types with as many lanes.
 *
 * <p>Sums over lanes go through memory, in one written-down order: {@code reduceLanes} leaves the order open, and compiled and
 * interpreted code then give different bits.
 */
final class Lanes {
    static final VectorShape SHAPE = VectorShape.forBitSize(Math.clamp(FloatVector.SPECIES_PREFERRED.vectorBitSize(), 128, 512));
    /** Floats. */
    static final VectorSpecies<Float> F = VectorSpecies.of(float.class, SHAPE);
    static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, SHAPE);
    /** As many shorts as {@link #F} has floats. */
    static final VectorSpecies<Short> S = VectorSpecies.of(short.class, VectorShape.forBitSize(SHAPE.vectorBitSize() / 2));
    /** Twice as many shorts. */
    static final VectorSpecies<Short> W = VectorSpecies.of(short.class, SHAPE);
    /** As many bytes as {@link #F} has floats; eight at least, as there are no shorter vectors. */
    static final VectorSpecies<Byte> B = VectorSpecies.of(byte.class,
            VectorShape.forBitSize(Math.max(SHAPE.vectorBitSize() / 4, 64)));
    /** Float lanes. */
    static final int L = F.length();

    static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LE);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(LE);
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LE);

    private Lanes() {
    }

    /** Sum of the {@link #L} floats at {@code at}. */
    static float sum(float[] lanes, int at) {
        return switch (L) {
            case 16 -> (sum4(lanes, at) + sum4(lanes, at + 4)) + (sum4(lanes, at + 8) + sum4(lanes, at + 12));
            case 8 -> sum4(lanes, at) + sum4(lanes, at + 4);
            default -> sum4(lanes, at);
        };
    }

    private static float sum4(float[] lanes, int at) {
        return (lanes[at] + lanes[at + 1]) + (lanes[at + 2] + lanes[at + 3]);
    }
}
