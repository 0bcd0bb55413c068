package dev.qyclone.engine.ops;

import static dev.qyclone.engine.ops.Lanes.F;
import static dev.qyclone.engine.ops.Lanes.FLOAT;
import static dev.qyclone.engine.ops.Lanes.I;
import static dev.qyclone.engine.ops.Lanes.INT;
import static dev.qyclone.engine.ops.Lanes.L;
import static dev.qyclone.engine.ops.Lanes.LE;

import dev.qyclone.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * One row of {@link RoundedActivations} as the kernels of {@link InterleavedShorts} multiply with it. For each 16 columns 16 ints, of which
 * most are two factors of 16 bits, for the lower and the upper short:
 * <ul>
 * <li>for nibbles: 0 to 3 and 8 to 11 the factors, 4 what subtracts 8 from each nibble, 5 the scale, 6 Σ x times what the type's quant
 *     still needs added, both floats;
 * <li>for high bits: 0 to 7 the factors, 8 the scale times 16.
 * </ul>
 */
final class ShortCoefficients {
    private static final int BLOCK = RoundedActivations.BLOCK;
    private static final int LINE = 64;
    private static final int LOW_HALF = 0xffff;
    private static final int ROUNDER_BITS = Float.floatToRawIntBits(RoundedActivations.ROUNDER);
    /** The quant before is in the same short. */
    private static final int[] BEHIND_ANOTHER = {0, -1, -1, -1, 0, -1, -1, -1, 0, -1, -1, -1, 0, -1, -1, -1};
    /** Columns in the order of their bits in {@link InterleavedRows}. */
    private static final int[] ORDER_OF_BITS = {0, 2, 4, 6, 1, 3, 5, 7};
    private static final int[] ORDER_OF_PAIRS = {0, 4, 1, 5, 2, 6, 3, 7};

    private MemorySegment nibbles = MemorySegment.NULL;
    private MemorySegment highs = MemorySegment.NULL;
    /** Behind sixteen zeros, and before sixteen more. */
    private int[] numbers = new int[0];
    private float[] scales = new float[0];
    private float[] sums = new float[0];

    MemorySegment nibbles() {
        return nibbles;
    }

    MemorySegment highs() {
        return highs;
    }

    /** Σ x of each 16 columns, of what is left of x. */
    float[] sums() {
        return sums;
    }

    /** @param cols a multiple of 16 */
    void arrange(TensorType type, float[] x, int from, int cols) {
        if (scales.length < cols / BLOCK) {
            numbers = new int[cols + 2 * BLOCK];
            scales = new float[cols / BLOCK];
            sums = new float[cols / BLOCK];
            nibbles = Arena.ofAuto().allocate(4L * cols, LINE);
            highs = Arena.ofAuto().allocate(4L * cols, LINE);
        }
        for (int j = 0; j < cols; j += BLOCK) {
            float sum = RoundedActivations.sum(x, from + j);
            scales[j / BLOCK] = RoundedActivations.scale(sum);
            round(x, from + j, RoundedActivations.inverse(sum), numbers, BLOCK + j);
        }
        nibbles(numbers, cols, nibbles);
        sums(cols, rest(type));
        switch (type) {
            case Q5_0, Q5_1, Q5_K -> highs(cols, 2, ORDER_OF_BITS);
            case Q6_K -> highs(cols, 4, ORDER_OF_PAIRS);
            case Q4_0, Q4_1, Q4_K -> {
            }
            case F32, F16, BF16, Q8_0 -> throw new IllegalArgumentException(type + " is not interleaved");
        }
    }

    /** What a quant is more than its nibble less 8 and 16 times its high bits, where that is a constant; its shift is the step's. */
    private static float rest(TensorType type) {
        return switch (type) {
            case Q4_0 -> 0;
            case Q5_0 -> -8;
            case Q6_K -> -24;
            case Q4_1, Q5_1, Q4_K, Q5_K -> 8;
            case F32, F16, BF16, Q8_0 -> throw new IllegalArgumentException(type + " is not interleaved");
        };
    }

    private static void round(float[] x, int from, float inverse, int[] numbers, int at) {
        for (int i = 0; i < BLOCK; i += L) {
            FloatVector.fromArray(F, x, from + i).mul(inverse).add(RoundedActivations.ROUNDER).reinterpretAsInts()
                    .sub(ROUNDER_BITS).intoArray(numbers, at + i);
        }
    }

    /** Factors of all columns; those at 4 to 7 and 12 to 15 of sixteen have no meaning. */
    private static void nibbles(int[] numbers, int cols, MemorySegment to) {
        for (int j = 0; j < cols; j += L) {
            IntVector behind = IntVector.fromArray(I, BEHIND_ANOTHER, j & 15);
            IntVector lower = IntVector.fromArray(I, numbers, BLOCK + j)
                    .sub(IntVector.fromArray(I, numbers, BLOCK + j - 1).and(behind).lanewise(VectorOperators.LSHL, 4));
            IntVector upper = IntVector.fromArray(I, numbers, BLOCK + j + 4)
                    .sub(IntVector.fromArray(I, numbers, BLOCK + j + 3).and(behind).lanewise(VectorOperators.LSHL, 4));
            lower.and(LOW_HALF).or(upper.lanewise(VectorOperators.LSHL, 16)).intoMemorySegment(to, 4L * j, LE);
        }
    }

    private void sums(int cols, float rest) {
        for (int j = 0; j < cols; j += BLOCK) {
            int lower = four(j) + four(j + 8);
            int upper = four(j + 4) + four(j + 12);
            float sum = scales[j / BLOCK] * (lower + upper);
            sums[j / BLOCK] = sum;
            nibbles.set(INT, 4L * j + 16, -8 * lower & LOW_HALF | -8 * upper << 16);
            nibbles.set(FLOAT, 4L * j + 20, scales[j / BLOCK]);
            nibbles.set(FLOAT, 4L * j + 24, rest * sum);
        }
    }

    private int four(int j) {
        return numbers[BLOCK + j] + numbers[BLOCK + j + 1] + (numbers[BLOCK + j + 2] + numbers[BLOCK + j + 3]);
    }

    private void highs(int cols, int base, int[] order) {
        for (int j = 0; j < cols; j += BLOCK) {
            int a = 0;
            int b = 0;
            for (int i = 0; i < 8; i++) {
                int col = BLOCK + j + order[i];
                highs.set(INT, 4L * (j + i), numbers[col] - base * a & LOW_HALF | numbers[col + 8] - base * b << 16);
                a = numbers[col];
                b = numbers[col + 8];
            }
            highs.set(FLOAT, 4L * j + 32, 16 * scales[j / BLOCK]);
        }
    }
}
