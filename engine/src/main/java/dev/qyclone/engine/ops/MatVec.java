package dev.qyclone.engine.ops;

import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Matrices of one type times one vector, for decode: a part is an equal range of each matrix's rows, several parts for each thread so that
 * one that is held up delays the others little; within a range four streams are read, a quarter of it apart. A row's bits do not depend on
 * the stream or the thread that computes it.
 */
final class MatVec implements WorkerPool.Work {
    private static final int SCRATCH_LANES = 64;
    private static final int CACHE_LINE = 64;
    /** Ranges for each thread. */
    private static final int RANGES = 4;
    /** Rows below which a part is not worth its handing out. */
    private static final int LEAST_ROWS = 32;
    /** Ranges end at multiples of so many rows: of four streams, and of whole vectors for an activation behind them. */
    private static final int GRAIN = 16;
    /** Beyond this a lifted vector may overflow a float. */
    private static final float LIFTABLE = 0x1p15f;

    private final WorkerPool pool;
    private final float[][] lanes;
    private final float[][] decoded;
    private float[] prepared = new float[0];
    private float[] shifts = new float[0];
    private MemorySegment arranged = MemorySegment.NULL;
    private float scale;

    private Tensor[] weights;
    private float[][] outs;
    private int token;
    private boolean gated;
    private TensorType type;
    private int cols;
    private int parts;

    MatVec(WorkerPool pool) {
        this.pool = pool;
        lanes = pool.scratches(SCRATCH_LANES);
        decoded = pool.scratches(0);
    }

    /**
     * outs[i][t · rows + row] = row · x[t · cols ..) for all rows of matrix i.
     *
     * @param matrices of one type and width
     * @param t which row of x
     * @param swiGlu whether outs[0] of two matrices as high as each other becomes silu(outs[0]) · outs[1]
     */
    void multiply(Tensor[] matrices, float[] x, int t, float[][] targets, boolean swiGlu) {
        weights = matrices;
        outs = targets;
        token = t;
        gated = swiGlu;
        type = matrices[0].type();
        cols = Math.toIntExact(matrices[0].cols());
        prepare(x, t * cols);
        long rows = 0;
        for (Tensor matrix : matrices) {
            rows += matrix.rows();
        }
        parts = (int) Math.clamp(rows / LEAST_ROWS, 1, RANGES * pool.threads());
        pool.run(parts, this, rows * cols);
        weights = null;
        outs = null;
    }

    private void prepare(float[] x, int xAt) {
        if (prepared.length < cols) {
            prepared = new float[cols];
        }
        System.arraycopy(x, xAt, prepared, 0, cols);
        if (type == TensorType.F16) {
            lift();
        }
        if ((type == TensorType.Q4_K || type == TensorType.Q6_K) && Lanes.L >= 8) {
            arrange();
        }
        if (type == TensorType.Q4_0 && Lanes.L >= 8) {
            int needed = cols / 32 * Lanes.L;
            if (shifts.length < needed) {
                shifts = new float[needed];
            }
            MatVecQ4.shifts(prepared, cols, shifts);
        }
    }

    private void arrange() {
        if (arranged.byteSize() < 4L * cols) {
            arranged = Arena.ofAuto().allocate(4L * cols, CACHE_LINE);
        }
        if (shifts.length < cols / 16) {
            shifts = new float[cols / 16];
        }
        if (type == TensorType.Q4_K) {
            MatVecQ4K.arrange(prepared, cols, arranged);
            MatVecQ4K.sums(prepared, cols, shifts);
        } else {
            MemorySegment.copy(prepared, 0, arranged, Lanes.FLOAT, 0, cols);
            MatVecQ6K.sums(prepared, cols, shifts);
        }
    }

    private void lift() {
        float largest = ElementKernels.largest(prepared, cols);
        scale = largest < LIFTABLE || !Float.isFinite(largest) ? 1 : Float.intBitsToFloat(Math.getExponent(largest) - 14 + 127 << 23);
        ElementKernels.scale(prepared, 0, MatVecF16.LIFT / scale, cols);
    }

    @Override
    public void run(int part, int worker) {
        for (int i = 0; i < weights.length; i++) {
            int rows = Math.toIntExact(weights[i].rows());
            rows(weights[i], WorkerPool.split(rows, GRAIN, part, parts), WorkerPool.split(rows, GRAIN, part + 1, parts), outs[i],
                    token * rows, worker);
        }
        if (gated) {
            int rows = Math.toIntExact(weights[0].rows());
            int from = WorkerPool.split(rows, GRAIN, part, parts);
            int at = token * rows + from;
            ElementKernels.swiGlu(outs[0], at, outs[1], at, WorkerPool.split(rows, GRAIN, part + 1, parts) - from);
        }
    }

    private void rows(Tensor weight, int from, int to, float[] out, int at, int worker) {
        int gap = (to - from) / 4;
        for (int row = from; row < from + gap; row++) {
            four(weight, row, gap, out, at, worker);
        }
        for (int row = from + 4 * gap; row < to; row++) {
            one(weight, row, out, at, worker);
        }
    }

    private void four(Tensor weight, int row, int gap, float[] out, int at, int worker) {
        MemorySegment data = weight.data();
        float[] scratch = lanes[worker];
        switch (type) {
            case F32 -> MatVecF32.four(data, row, gap, cols, prepared, out, at, scratch);
            case F16 -> MatVecF16.four(data, row, gap, cols, prepared, scale, out, at, scratch);
            case BF16 -> MatVecBF16.four(data, row, gap, cols, prepared, out, at, scratch);
            case Q8_0 -> {
                if (Lanes.L >= 8) {
                    MatVecQ8.four(data, row, gap, cols, prepared, out, at, scratch);
                } else {
                    eachDecoded(weight, row, gap, out, at, worker);
                }
            }
            case Q4_0 -> {
                if (Lanes.L >= 8) {
                    MatVecQ4.four(data, row, gap, cols, prepared, shifts, out, at, scratch);
                } else {
                    eachDecoded(weight, row, gap, out, at, worker);
                }
            }
            case Q4_K -> {
                if (Lanes.L >= 8) {
                    MatVecQ4K.four(data, row, gap, cols, arranged, shifts, out, at, rowScratch(worker));
                } else {
                    eachDecoded(weight, row, gap, out, at, worker);
                }
            }
            case Q6_K -> {
                if (Lanes.L >= 8) {
                    MatVecQ6K.four(data, row, gap, cols, arranged, shifts, out, at, rowScratch(worker));
                } else {
                    eachDecoded(weight, row, gap, out, at, worker);
                }
            }
            case Q4_1, Q5_0, Q5_1, Q5_K -> eachDecoded(weight, row, gap, out, at, worker);
        }
    }

    private void one(Tensor weight, int row, float[] out, int at, int worker) {
        MemorySegment data = weight.data();
        float[] scratch = lanes[worker];
        switch (type) {
            case F32 -> MatVecF32.one(data, row, cols, prepared, out, at, scratch);
            case F16 -> MatVecF16.one(data, row, cols, prepared, scale, out, at, scratch);
            case BF16 -> MatVecBF16.one(data, row, cols, prepared, out, at, scratch);
            case Q8_0 -> {
                if (Lanes.L >= 8) {
                    MatVecQ8.one(data, row, cols, prepared, out, at, scratch);
                } else {
                    decoded(weight, row, out, at, worker);
                }
            }
            case Q4_0 -> {
                if (Lanes.L >= 8) {
                    MatVecQ4.one(data, row, cols, prepared, shifts, out, at, scratch);
                } else {
                    decoded(weight, row, out, at, worker);
                }
            }
            case Q4_K -> {
                if (Lanes.L >= 8) {
                    MatVecQ4K.one(data, row, cols, arranged, shifts, out, at, rowScratch(worker));
                } else {
                    decoded(weight, row, out, at, worker);
                }
            }
            case Q6_K -> {
                if (Lanes.L >= 8) {
                    MatVecQ6K.one(data, row, cols, arranged, shifts, out, at, rowScratch(worker));
                } else {
                    decoded(weight, row, out, at, worker);
                }
            }
            case Q4_1, Q5_0, Q5_1, Q5_K -> decoded(weight, row, out, at, worker);
        }
    }

    private void eachDecoded(Tensor weight, int row, int gap, float[] out, int at, int worker) {
        for (int i = 0; i < 4; i++) {
            decoded(weight, row + i * gap, out, at, worker);
        }
    }

    private void decoded(Tensor weight, int row, float[] out, int at, int worker) {
        float[] scratch = rowScratch(worker);
        PanelDecoder.decode(type, weight.data(), row * weight.rowBytes(), scratch, 0, cols);
        out[at + row] = MatVecDecoded.dot(scratch, prepared, cols, lanes[worker]);
    }

    private float[] rowScratch(int worker) {
        if (!WorkerPool.holds(decoded[worker], cols)) {
            decoded[worker] = WorkerPool.scratch(cols);
        }
        return decoded[worker];
    }
}
