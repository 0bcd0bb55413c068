package dev.qyclone.engine.ops;

import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Matrix times vector, for decode: the rows go to the threads in equal ranges, several for each thread so that one that is held
 * up delays the others little; within a range four streams are read, a quarter of it apart. A row's bits do not depend on the
 * stream or the thread that computes it.
 */
final class MatVec implements WorkerPool.Work {
    private static final int SCRATCH_LANES = 64;
    private static final int CACHE_LINE = 64;
    /** Ranges for each thread. */
    private static final int RANGES = 4;
    /** Rows below which a range is not worth its handing out. */
    private static final int LEAST_ROWS = 32;
    /** Beyond this a lifted vector may overflow a float. */
    private static final float LIFTABLE = 0x1p15f;

    private final WorkerPool pool;
    private final float[][] lanes;
    private final float[][] decoded;
    private float[] prepared = new float[0];
    private float[] shifts = new float[0];
    private MemorySegment arranged = MemorySegment.NULL;
    private float scale;

    private Tensor weight;
    private MemorySegment data;
    private int rows;
    private int cols;
    private int parts;
    private float[] out;
    private int at;

    MatVec(WorkerPool pool) {
        this.pool = pool;
        lanes = pool.scratches(SCRATCH_LANES);
        decoded = pool.scratches(0);
    }

    /** out[outAt + row] = row · x[xAt ..) for all rows. */
    void multiply(Tensor tensor, float[] x, int xAt, float[] target, int outAt) {
        weight = tensor;
        data = tensor.data();
        rows = Math.toIntExact(tensor.rows());
        cols = Math.toIntExact(tensor.cols());
        out = target;
        at = outAt;
        prepare(x, xAt);
        parts = Math.clamp(rows / LEAST_ROWS, 1, RANGES * pool.threads());
        pool.run(parts, this, (long) rows * cols);
        weight = null;
        data = null;
        out = null;
    }

    private void prepare(float[] x, int xAt) {
        if (prepared.length < cols) {
            prepared = new float[cols];
        }
        System.arraycopy(x, xAt, prepared, 0, cols);
        TensorType type = weight.type();
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
        if (weight.type() == TensorType.Q4_K) {
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
        int from = WorkerPool.split(rows, 4, part, parts);
        int to = WorkerPool.split(rows, 4, part + 1, parts);
        int gap = (to - from) / 4;
        for (int row = from; row < from + gap; row++) {
            four(row, gap, worker);
        }
        for (int row = from + 4 * gap; row < to; row++) {
            one(row, worker);
        }
    }

    private void four(int row, int gap, int worker) {
        float[] scratch = lanes[worker];
        switch (weight.type()) {
            case F32 -> MatVecF32.four(data, row, gap, cols, prepared, out, at, scratch);
            case F16 -> MatVecF16.four(data, row, gap, cols, prepared, scale, out, at, scratch);
            case BF16 -> MatVecBF16.four(data, row, gap, cols, prepared, out, at, scratch);
            case Q8_0 -> {
                if (Lanes.L >= 8) {
                    MatVecQ8.four(data, row, gap, cols, prepared, out, at, scratch);
                } else {
                    eachDecoded(row, gap, worker);
                }
            }
            case Q4_0 -> {
                if (Lanes.L >= 8) {
                    MatVecQ4.four(data, row, gap, cols, prepared, shifts, out, at, scratch);
                } else {
                    eachDecoded(row, gap, worker);
                }
            }
            case Q4_K -> {
                if (Lanes.L >= 8) {
                    MatVecQ4K.four(data, row, gap, cols, arranged, shifts, out, at, rowScratch(worker));
                } else {
                    eachDecoded(row, gap, worker);
                }
            }
            case Q6_K -> {
                if (Lanes.L >= 8) {
                    MatVecQ6K.four(data, row, gap, cols, arranged, shifts, out, at, rowScratch(worker));
                } else {
                    eachDecoded(row, gap, worker);
                }
            }
            case Q4_1, Q5_0, Q5_1, Q5_K -> eachDecoded(row, gap, worker);
        }
    }

    private void one(int row, int worker) {
        float[] scratch = lanes[worker];
        switch (weight.type()) {
            case F32 -> MatVecF32.one(data, row, cols, prepared, out, at, scratch);
            case F16 -> MatVecF16.one(data, row, cols, prepared, scale, out, at, scratch);
            case BF16 -> MatVecBF16.one(data, row, cols, prepared, out, at, scratch);
            case Q8_0 -> {
                if (Lanes.L >= 8) {
                    MatVecQ8.one(data, row, cols, prepared, out, at, scratch);
                } else {
                    decoded(row, worker);
                }
            }
            case Q4_0 -> {
                if (Lanes.L >= 8) {
                    MatVecQ4.one(data, row, cols, prepared, shifts, out, at, scratch);
                } else {
                    decoded(row, worker);
                }
            }
            case Q4_K -> {
                if (Lanes.L >= 8) {
                    MatVecQ4K.one(data, row, cols, arranged, shifts, out, at, rowScratch(worker));
                } else {
                    decoded(row, worker);
                }
            }
            case Q6_K -> {
                if (Lanes.L >= 8) {
                    MatVecQ6K.one(data, row, cols, arranged, shifts, out, at, rowScratch(worker));
                } else {
                    decoded(row, worker);
                }
            }
            case Q4_1, Q5_0, Q5_1, Q5_K -> decoded(row, worker);
        }
    }

    private void eachDecoded(int row, int gap, int worker) {
        for (int i = 0; i < 4; i++) {
            decoded(row + i * gap, worker);
        }
    }

    private void decoded(int row, int worker) {
        float[] scratch = rowScratch(worker);
        PanelDecoder.decode(weight.type(), data, row * weight.rowBytes(), scratch, 0, cols);
        out[at + row] = MatVecDecoded.dot(scratch, prepared, cols, lanes[worker]);
    }

    private float[] rowScratch(int worker) {
        if (!WorkerPool.holds(decoded[worker], cols)) {
            decoded[worker] = WorkerPool.scratch(cols);
        }
        return decoded[worker];
    }
}
