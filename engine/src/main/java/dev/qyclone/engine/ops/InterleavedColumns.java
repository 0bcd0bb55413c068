package dev.qyclone.engine.ops;

import static dev.qyclone.engine.ops.Lanes.F;
import static dev.qyclone.engine.ops.Lanes.L;

import dev.qyclone.engine.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * The part of x that a panel of {@link InterleavedRows} is multiplied with, as the kernels of its type read it; and which those are.
 */
final class InterleavedColumns {
    private static final int WHOLE_BLOCK = 32;
    private static final int HALF_BLOCK = 16;

    private final ShortCoefficients shorts = new ShortCoefficients();
    private float[] floats = new float[0];
    private float[] sums = new float[0];
    private TensorType type;
    private int panel;
    private int cols;

    /** @param x row of the whole matrix's width, from {@code from} on */
    void arrange(InterleavedRows matrix, int number, float[] x, int from) {
        type = matrix.stored().type();
        panel = number;
        cols = matrix.cols(number);
        if (sums.length < cols / HALF_BLOCK) {
            floats = new float[cols];
            sums = new float[cols / HALF_BLOCK];
        }
        if (matrix.exact()) {
            keep(x, from + matrix.from(number));
        } else {
            round(x, from + matrix.from(number));
        }
    }

    private void keep(float[] x, int from) {
        switch (type) {
            case Q4_0 -> keep(x, from, WHOLE_BLOCK, -8);
            case Q5_0 -> keep(x, from, WHOLE_BLOCK, -16);
            case Q4_1, Q5_1 -> keep(x, from, WHOLE_BLOCK, 1);
            case Q4_K, Q5_K -> keep(x, from, WHOLE_BLOCK, -1);
            case Q6_K -> keep(x, from, HALF_BLOCK, -32);
            case F32, F16, BF16, Q8_0 -> throw new IllegalStateException(type + " is not interleaved");
        }
    }

    private void keep(float[] x, int from, int block, float constant) {
        for (int j = 0; j < cols; j += L) {
            FloatVector.fromArray(F, x, from + j).mul(FloatVector.fromArray(F, InterleavedQuants.FACTORS, j & 15)).intoArray(floats, j);
        }
        for (int j = 0; j < cols; j += block) {
            float even = 0;
            float odd = 0;
            for (int i = from + j; i < from + j + block; i += 4) {
                even += x[i] + x[i + 1];
                odd += x[i + 2] + x[i + 3];
            }
            sums[j / block] = constant * (even + odd);
        }
    }

    private void round(float[] x, int from) {
        shorts.arrange(type, x, from, cols);
        switch (type) {
            // The coefficients have what a constant shift adds.
            case Q4_0, Q5_0 -> {
            }
            case Q6_K -> Arrays.fill(sums, 0, cols / HALF_BLOCK, 0);
            case Q4_1, Q5_1 -> pairs(shorts.sums(), 1);
            case Q4_K, Q5_K -> pairs(shorts.sums(), -1);
            case F32, F16, BF16, Q8_0 -> throw new IllegalStateException(type + " is not interleaved");
        }
    }

    private void pairs(float[] halves, float constant) {
        for (int block = 0; block < cols / WHOLE_BLOCK; block++) {
            sums[block] = constant * (halves[2 * block] + halves[2 * block + 1]);
        }
    }

    /**
     * acc[lane + i] += row (16 · group + lane + i) · x for the rows of one vector, over the panel's columns.
     *
     * @param rows the matrix that x was arranged for
     * @param steps scratch of a float for each column
     */
    void multiply(InterleavedRows rows, int group, int lane, float[] steps, float[] acc) {
        steps(rows, group, lane, steps, acc);
        if (rows.exact()) {
            floats(rows, group, lane, steps, acc);
        } else {
            shorts(rows, group, lane, steps, acc);
        }
    }

    private void steps(InterleavedRows rows, int group, int lane, float[] steps, float[] acc) {
        MemorySegment data = rows.data();
        int blocks = cols / type.blockSize();
        long o = rows.steps(panel, group);
        switch (type) {
            case Q4_0, Q5_0 -> {
                if (rows.exact()) {
                    InterleavedSteps.halves(data, o, lane, blocks, sums, steps, acc);
                } else {
                    InterleavedSteps.halves(data, o, lane, blocks, steps);
                }
            }
            case Q4_1, Q5_1 -> InterleavedSteps.pairs(data, o, lane, blocks, sums, steps, acc);
            case Q4_K, Q5_K -> InterleavedSteps.scalesAndMinimums(data, o, lane, blocks, sums, steps, acc);
            case Q6_K -> InterleavedSteps.scales(data, o, lane, blocks, sums, steps, acc);
            case F32, F16, BF16, Q8_0 -> throw new IllegalStateException(type + " is not interleaved");
        }
    }

    private void floats(InterleavedRows rows, int group, int lane, float[] steps, float[] acc) {
        MemorySegment data = rows.data();
        long n = rows.nibbles(panel, group);
        long h = rows.highs(panel, group);
        switch (type) {
            case Q4_0, Q4_1, Q4_K -> InterleavedQuants.nibbles(data, n, lane, cols, floats, steps, acc);
            case Q5_0, Q5_1, Q5_K -> {
                InterleavedQuants.fiveFirst(data, n, h, lane, cols, floats, steps, acc);
                InterleavedQuants.fiveLast(data, n, h, lane, cols, floats, steps, acc);
            }
            case Q6_K -> {
                InterleavedQuants.sixFirst(data, n, h, lane, cols, floats, steps, acc);
                InterleavedQuants.sixLast(data, n, h, lane, cols, floats, steps, acc);
            }
            case F32, F16, BF16, Q8_0 -> throw new IllegalStateException(type + " is not interleaved");
        }
    }

    private void shorts(InterleavedRows rows, int group, int lane, float[] steps, float[] acc) {
        MemorySegment data = rows.data();
        long h = rows.highs(panel, group);
        InterleavedShorts.nibbles(data, rows.nibbles(panel, group), lane, cols, shorts.nibbles(), steps, acc);
        switch (type) {
            case Q5_0, Q5_1, Q5_K -> InterleavedShorts.fifthBits(data, h, lane, cols, shorts.highs(), steps, acc);
            case Q6_K -> InterleavedShorts.highPairs(data, h, lane, cols, shorts.highs(), steps, acc);
            case Q4_0, Q4_1, Q4_K -> {
            }
            case F32, F16, BF16, Q8_0 -> throw new IllegalStateException(type + " is not interleaved");
        }
    }
}
