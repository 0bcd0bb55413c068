package dev.qyclone.engine.ops;

import static dev.qyclone.engine.ops.InterleavedRows.ROWS;
import static dev.qyclone.engine.ops.Lanes.L;

import java.util.Arrays;

/**
 * Interleaved matrix times vector, for decode: ranges of groups go to the threads, several for each, and a range goes through its
 * panels one after the other. A row's bits depend neither on the range nor on the thread that computes it.
 */
final class MatVecInterleaved implements WorkerPool.Work {
    /** Ranges for each thread. */
    private static final int RANGES = 4;
    /** Groups below which a range is not worth its handing out. */
    private static final int LEAST_GROUPS = 2;

    private final WorkerPool pool;
    private final float[][] steps;
    private final float[][] acc;
    private InterleavedColumns[] panels = new InterleavedColumns[0];

    private InterleavedRows rows;
    private int height;
    private int parts;
    private float[] out;
    private int at;

    MatVecInterleaved(WorkerPool pool) {
        this.pool = pool;
        steps = pool.scratches(0);
        acc = pool.scratches(ROWS);
    }

    /** out[outAt + row] = row · x[xAt ..) for all rows. */
    void multiply(InterleavedRows weight, float[] x, int xAt, float[] target, int outAt) {
        rows = weight;
        height = Math.toIntExact(weight.stored().rows());
        out = target;
        at = outAt;
        if (panels.length < rows.panels()) {
            panels = new InterleavedColumns[rows.panels()];
            Arrays.setAll(panels, i -> new InterleavedColumns());
        }
        for (int panel = 0; panel < rows.panels(); panel++) {
            panels[panel].arrange(rows, panel, x, xAt);
        }
        parts = Math.clamp(rows.groups() / LEAST_GROUPS, 1, RANGES * pool.threads());
        pool.run(parts, this, (long) height * weight.stored().cols());
        rows = null;
        out = null;
    }

    @Override
    public void run(int part, int worker) {
        if (!WorkerPool.holds(steps[worker], rows.cols(0))) {
            steps[worker] = WorkerPool.scratch(rows.cols(0));
        }
        float[] sum = acc[worker];
        int begin = WorkerPool.split(rows.groups(), 1, part, parts);
        int end = WorkerPool.split(rows.groups(), 1, part + 1, parts);
        for (int panel = 0; panel < rows.panels(); panel++) {
            for (int group = begin; group < end; group++) {
                int row = group * ROWS;
                int count = Math.min(ROWS, height - row);
                Arrays.fill(sum, 0);
                if (panel > 0) {
                    System.arraycopy(out, at + row, sum, 0, count);
                }
                for (int lane = 0; lane < ROWS; lane += L) {
                    panels[panel].multiply(rows, group, lane, steps[worker], sum);
                }
                System.arraycopy(sum, 0, out, at + row, count);
            }
        }
    }
}
