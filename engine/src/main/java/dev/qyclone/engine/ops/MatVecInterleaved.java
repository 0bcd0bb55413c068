package dev.qyclone.engine.ops;

import static dev.qyclone.engine.ops.InterleavedRows.ROWS;
import static dev.qyclone.engine.ops.Lanes.L;

import java.util.Arrays;

/**
 * Interleaved matrices of one type times one vector, for decode: a part is a range of each matrix's groups, several for each thread, and
 * a range goes through its panels one after the other. A row's bits depend neither on the range nor on the thread that computes it.
 */
final class MatVecInterleaved implements WorkerPool.Work {
    /** Ranges for each thread. */
    private static final int RANGES = 4;
    /** Groups below which a part is not worth its handing out. */
    private static final int LEAST_GROUPS = 2;

    private final WorkerPool pool;
    private final float[][] steps;
    private final float[][] acc;
    private InterleavedColumns[] panels = new InterleavedColumns[0];

    private InterleavedRows[] matrices;
    private float[][] outs;
    private int token;
    private boolean gated;
    private int parts;

    MatVecInterleaved(WorkerPool pool) {
        this.pool = pool;
        steps = pool.scratches(0);
        acc = pool.scratches(ROWS);
    }

    /**
     * outs[i][t · rows + row] = row · x[t · cols ..) for all rows of matrix i.
     *
     * @param copies of one type and width, all exact or none
     * @param t which row of x
     * @param swiGlu whether outs[0] of two matrices as high as each other becomes silu(outs[0]) · outs[1]
     */
    void multiply(InterleavedRows[] copies, float[] x, int t, float[][] targets, boolean swiGlu) {
        matrices = copies;
        outs = targets;
        token = t;
        gated = swiGlu;
        InterleavedRows first = copies[0];
        int cols = Math.toIntExact(first.stored().cols());
        if (panels.length < first.panels()) {
            panels = new InterleavedColumns[first.panels()];
            Arrays.setAll(panels, i -> new InterleavedColumns());
        }
        for (int panel = 0; panel < first.panels(); panel++) {
            panels[panel].arrange(first, panel, x, t * cols);
        }
        int groups = 0;
        for (InterleavedRows copy : copies) {
            groups += copy.groups();
        }
        parts = Math.clamp(groups / LEAST_GROUPS, 1, RANGES * pool.threads());
        pool.run(parts, this, (long) groups * ROWS * cols);
        matrices = null;
        outs = null;
    }

    @Override
    public void run(int part, int worker) {
        if (!WorkerPool.holds(steps[worker], matrices[0].cols(0))) {
            steps[worker] = WorkerPool.scratch(matrices[0].cols(0));
        }
        for (int i = 0; i < matrices.length; i++) {
            int groups = matrices[i].groups();
            groups(matrices[i], WorkerPool.split(groups, 1, part, parts), WorkerPool.split(groups, 1, part + 1, parts), outs[i], worker);
        }
        if (gated) {
            int rows = height(matrices[0]);
            int from = WorkerPool.split(rows, ROWS, part, parts);
            int to = WorkerPool.split(rows, ROWS, part + 1, parts);
            int at = token * rows + from;
            ElementKernels.swiGlu(outs[0], at, outs[1], at, to - from);
        }
    }

    private static int height(InterleavedRows rows) {
        return Math.toIntExact(rows.stored().rows());
    }

    private void groups(InterleavedRows rows, int begin, int end, float[] out, int worker) {
        float[] sum = acc[worker];
        int height = height(rows);
        int at = token * height;
        for (int panel = 0; panel < rows.panels(); panel++) {
            for (int group = begin; group < end; group++) {
                int row = group * ROWS;
                int count = Math.min(ROWS, height - row);
                Arrays.fill(sum, 0, ROWS, 0);
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
