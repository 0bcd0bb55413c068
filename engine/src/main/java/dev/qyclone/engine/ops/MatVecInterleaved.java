package dev.qyclone.engine.ops;

import static dev.qyclone.engine.ops.InterleavedRows.ROWS;
import static dev.qyclone.engine.ops.Lanes.F;
import static dev.qyclone.engine.ops.Lanes.L;

import dev.qyclone.engine.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Interleaved matrix times vector, for decode: ranges of groups go to the threads, several for each. A row's bits depend neither on
 * the range nor on the thread that computes it.
 */
final class MatVecInterleaved implements WorkerPool.Work {
    /** Ranges for each thread. */
    private static final int RANGES = 4;
    /** Groups below which a range is not worth its handing out. */
    private static final int LEAST_GROUPS = 2;
    private static final int WHOLE_BLOCK = 32;
    private static final int HALF_BLOCK = 16;

    private final WorkerPool pool;
    private final float[][] steps;
    private final float[][] acc;
    private float[] prepared = new float[0];
    private float[] sums = new float[0];

    private InterleavedRows rows;
    private MemorySegment data;
    private TensorType type;
    private int height;
    private int cols;
    private int parts;
    private float[] out;
    private int at;

    MatVecInterleaved(WorkerPool pool) {
        this.pool = pool;
        steps = new float[pool.threads()][0];
        acc = new float[pool.threads()][ROWS];
    }

    /** out[outAt + row] = row · x[xAt ..) for all rows. */
    void multiply(InterleavedRows weight, float[] x, int xAt, float[] target, int outAt) {
        rows = weight;
        data = weight.data();
        type = weight.stored().type();
        height = Math.toIntExact(weight.stored().rows());
        cols = Math.toIntExact(weight.stored().cols());
        out = target;
        at = outAt;
        prepare(x, xAt);
        parts = Math.clamp(rows.groups() / LEAST_GROUPS, 1, RANGES * pool.threads());
        pool.run(parts, this, (long) height * cols);
        rows = null;
        data = null;
        out = null;
    }

    private void prepare(float[] x, int xAt) {
        if (prepared.length < cols) {
            prepared = new float[cols];
            sums = new float[cols / HALF_BLOCK];
        }
        switch (type) {
            case Q4_0 -> arrange(x, xAt, WHOLE_BLOCK, -8);
            case Q4_1 -> arrange(x, xAt, WHOLE_BLOCK, 1);
            case Q4_K -> arrange(x, xAt, WHOLE_BLOCK, -1);
            case Q5_0 -> arrange(x, xAt, WHOLE_BLOCK, -16);
            case Q5_1 -> arrange(x, xAt, WHOLE_BLOCK, 1);
            case Q5_K -> arrange(x, xAt, WHOLE_BLOCK, -1);
            case Q6_K -> arrange(x, xAt, HALF_BLOCK, -32);
            case F32, F16, BF16, Q8_0 -> throw new IllegalStateException(type + " is not interleaved");
        }
    }

    private void arrange(float[] x, int xAt, int block, float constant) {
        for (int j = 0; j < cols; j += L) {
            FloatVector.fromArray(F, x, xAt + j).mul(FloatVector.fromArray(F, InterleavedQuants.FACTORS, j & 15)).intoArray(prepared, j);
        }
        for (int j = 0; j < cols; j += block) {
            float even = 0;
            float odd = 0;
            for (int i = xAt + j; i < xAt + j + block; i += 4) {
                even += x[i] + x[i + 1];
                odd += x[i + 2] + x[i + 3];
            }
            sums[j / block] = constant * (even + odd);
        }
    }

    @Override
    public void run(int part, int worker) {
        if (steps[worker].length < cols) {
            steps[worker] = new float[cols];
        }
        float[] sum = acc[worker];
        int end = WorkerPool.split(rows.groups(), 1, part + 1, parts);
        for (int group = WorkerPool.split(rows.groups(), 1, part, parts); group < end; group++) {
            Arrays.fill(sum, 0);
            for (int lane = 0; lane < ROWS; lane += L) {
                steps(group, lane, steps[worker], sum);
                quants(group, lane, steps[worker], sum);
            }
            System.arraycopy(sum, 0, out, at + group * ROWS, Math.min(ROWS, height - group * ROWS));
        }
    }

    private void steps(int group, int lane, float[] steps, float[] acc) {
        int blocks = cols / type.blockSize();
        long o = rows.steps(group);
        switch (type) {
            case Q4_0, Q5_0 -> InterleavedSteps.halves(data, o, lane, blocks, sums, steps, acc);
            case Q4_1, Q5_1 -> InterleavedSteps.pairs(data, o, lane, blocks, sums, steps, acc);
            case Q4_K, Q5_K -> InterleavedSteps.scalesAndMinimums(data, o, lane, blocks, sums, steps, acc);
            case Q6_K -> InterleavedSteps.scales(data, o, lane, blocks, sums, steps, acc);
            case F32, F16, BF16, Q8_0 -> throw new IllegalStateException(type + " is not interleaved");
        }
    }

    private void quants(int group, int lane, float[] steps, float[] acc) {
        long n = rows.nibbles(group);
        long h = rows.highs(group);
        switch (type) {
            case Q4_0, Q4_1, Q4_K -> InterleavedQuants.nibbles(data, n, lane, cols, prepared, steps, acc);
            case Q5_0, Q5_1, Q5_K -> {
                InterleavedQuants.fiveFirst(data, n, h, lane, cols, prepared, steps, acc);
                InterleavedQuants.fiveLast(data, n, h, lane, cols, prepared, steps, acc);
            }
            case Q6_K -> {
                InterleavedQuants.sixFirst(data, n, h, lane, cols, prepared, steps, acc);
                InterleavedQuants.sixLast(data, n, h, lane, cols, prepared, steps, acc);
            }
            case F32, F16, BF16, Q8_0 -> throw new IllegalStateException(type + " is not interleaved");
        }
    }
}
