package dev.qyclone.engine.ops;

import static dev.qyclone.engine.ops.Lanes.F;
import static dev.qyclone.engine.ops.Lanes.L;

import dev.qyclone.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Matrix times matrix, for prefill. The activations are packed to [block of L tokens][k][L]; a tile of {@link #TILE} weight rows
 * is decoded {@link #DEPTH} columns at a time, and each decoded panel is multiplied with all tokens by an outer-product kernel of
 * 6 rows × 2 vectors of tokens. Tiles go to whichever thread is free.
 *
 * <p>An output is the sum, in order, of partial sums over DEPTH columns, each summed in order: its bits depend neither on the tile
 * nor on the thread nor on how many tokens come with it.
 */
final class MatMulTiles {
    /** Rows that a register tile takes. */
    private static final int STEP = 6;
    /** Weight rows that are decoded together: a multiple of {@link #STEP}. */
    private static final int TILE = 48;
    /** Columns that are decoded together: a multiple of every block size. TILE · DEPTH floats are 48 KB. */
    private static final int DEPTH = 256;
    /** Tokens that share one decoding. */
    private static final int GROUP = 512;

    private final WorkerPool pool;
    private final WorkerPool.Work packing = this::pack;
    private final WorkerPool.Work multiplying = this::tile;
    private final float[][] panels;
    private final float[][] sums;
    private final float[][] parts;
    private float[] packed = new float[0];

    private Tensor weight;
    private MemorySegment data;
    private int rows;
    private int cols;
    private float[] x;
    private float[] out;
    private int first;
    private int tokens;

    MatMulTiles(WorkerPool pool) {
        this.pool = pool;
        panels = new float[pool.threads()][TILE * DEPTH];
        sums = new float[pool.threads()][0];
        parts = new float[pool.threads()][2 * STEP * L];
    }

    /** target (count, rows) = source (count, cols) · tensorᵀ. */
    void multiply(Tensor tensor, float[] source, float[] target, int count) {
        weight = tensor;
        data = tensor.data();
        rows = Math.toIntExact(tensor.rows());
        cols = Math.toIntExact(tensor.cols());
        x = source;
        out = target;
        for (first = 0; first < count; first += GROUP) {
            tokens = Math.min(GROUP, count - first);
            int blocks = Math.ceilDiv(tokens, L);
            if (packed.length < blocks * L * cols) {
                packed = new float[blocks * L * cols];
            }
            pool.run(blocks, packing, (long) tokens * cols);
            pool.run(Math.ceilDiv(rows, TILE), multiplying, (long) tokens * rows * cols);
        }
        weight = null;
        data = null;
        x = null;
        out = null;
    }

    /** Transposes one block of L tokens; tokens beyond the last are zero. */
    private void pack(int block, int worker) {
        int to = block * L * cols;
        int from = (first + block * L) * cols;
        int count = Math.min(L, tokens - block * L);
        if (count < L) {
            Arrays.fill(packed, to, to + L * cols, 0);
        }
        for (int k = 0; k < cols; k++) {
            for (int t = 0; t < count; t++) {
                packed[to + k * L + t] = x[from + t * cols + k];
            }
        }
    }

    private void tile(int tile, int worker) {
        int row = tile * TILE;
        int height = Math.min(TILE, rows - row);
        int width = Math.ceilDiv(tokens, L) * L;
        if (sums[worker].length < TILE * width) {
            sums[worker] = new float[TILE * width];
        }
        float[] sum = sums[worker];
        Arrays.fill(sum, 0, TILE * width, 0);
        float[] panel = panels[worker];
        for (int k = 0; k < cols; k += DEPTH) {
            int depth = Math.min(DEPTH, cols - k);
            for (int r = 0; r < height; r++) {
                long offset = (row + r) * weight.rowBytes() + weight.type().bytes(k);
                PanelDecoder.decode(weight.type(), data, offset, panel, r * DEPTH, depth);
            }
            multiplyPanel(panel, height, k, depth, sum, parts[worker]);
        }
        for (int t = 0; t < tokens; t++) {
            int to = (first + t) * rows + row;
            for (int r = 0; r < height; r++) {
                out[to + r] = sum[r * width + t];
            }
        }
    }

    /** The last register tile may reach below {@code height}, into rows of the panel that are left over: those sums are not used. */
    private void multiplyPanel(float[] panel, int height, int k, int depth, float[] sum, float[] part) {
        int blocks = Math.ceilDiv(tokens, L);
        for (int block = 0; block < blocks; block += 2) {
            int x0 = (block * cols + k) * L;
            int vectors = Math.min(2, blocks - block);
            for (int r = 0; r < height; r += STEP) {
                if (vectors == 2) {
                    six2(panel, r * DEPTH, packed, x0, x0 + cols * L, depth, part);
                } else {
                    six1(panel, r * DEPTH, packed, x0, depth, part);
                }
                for (int i = 0; i < STEP; i++) {
                    ElementKernels.add(sum, ((r + i) * blocks + block) * L, part, 2 * i * L, vectors * L);
                }
            }
        }
    }

    /** out[row][2 L] = 6 rows × 2 vectors of tokens over {@code depth} columns. One k per iteration: unrolled by hand it spills. */
    private static void six2(float[] w, int at, float[] x, int x0, int x1, int depth, float[] out) {
        FloatVector c00 = FloatVector.zero(F);
        FloatVector c01 = c00;
        FloatVector c10 = c00;
        FloatVector c11 = c00;
        FloatVector c20 = c00;
        FloatVector c21 = c00;
        FloatVector c30 = c00;
        FloatVector c31 = c00;
        FloatVector c40 = c00;
        FloatVector c41 = c00;
        FloatVector c50 = c00;
        FloatVector c51 = c00;
        for (int k = 0; k < depth; k++) {
            FloatVector a = FloatVector.fromArray(F, x, x0 + k * L);
            FloatVector b = FloatVector.fromArray(F, x, x1 + k * L);
            FloatVector v = FloatVector.broadcast(F, w[at + k]);
            c00 = v.fma(a, c00);
            c01 = v.fma(b, c01);
            v = FloatVector.broadcast(F, w[at + DEPTH + k]);
            c10 = v.fma(a, c10);
            c11 = v.fma(b, c11);
            v = FloatVector.broadcast(F, w[at + 2 * DEPTH + k]);
            c20 = v.fma(a, c20);
            c21 = v.fma(b, c21);
            v = FloatVector.broadcast(F, w[at + 3 * DEPTH + k]);
            c30 = v.fma(a, c30);
            c31 = v.fma(b, c31);
            v = FloatVector.broadcast(F, w[at + 4 * DEPTH + k]);
            c40 = v.fma(a, c40);
            c41 = v.fma(b, c41);
            v = FloatVector.broadcast(F, w[at + 5 * DEPTH + k]);
            c50 = v.fma(a, c50);
            c51 = v.fma(b, c51);
        }
        c00.intoArray(out, 0);
        c01.intoArray(out, L);
        c10.intoArray(out, 2 * L);
        c11.intoArray(out, 3 * L);
        c20.intoArray(out, 4 * L);
        c21.intoArray(out, 5 * L);
        c30.intoArray(out, 6 * L);
        c31.intoArray(out, 7 * L);
        c40.intoArray(out, 8 * L);
        c41.intoArray(out, 9 * L);
        c50.intoArray(out, 10 * L);
        c51.intoArray(out, 11 * L);
    }

    /** The same for the last block of tokens when their number of vectors is odd. */
    private static void six1(float[] w, int at, float[] x, int x0, int depth, float[] out) {
        FloatVector c0 = FloatVector.zero(F);
        FloatVector c1 = c0;
        FloatVector c2 = c0;
        FloatVector c3 = c0;
        FloatVector c4 = c0;
        FloatVector c5 = c0;
        for (int k = 0; k < depth; k++) {
            FloatVector a = FloatVector.fromArray(F, x, x0 + k * L);
            c0 = FloatVector.broadcast(F, w[at + k]).fma(a, c0);
            c1 = FloatVector.broadcast(F, w[at + DEPTH + k]).fma(a, c1);
            c2 = FloatVector.broadcast(F, w[at + 2 * DEPTH + k]).fma(a, c2);
            c3 = FloatVector.broadcast(F, w[at + 3 * DEPTH + k]).fma(a, c3);
            c4 = FloatVector.broadcast(F, w[at + 4 * DEPTH + k]).fma(a, c4);
            c5 = FloatVector.broadcast(F, w[at + 5 * DEPTH + k]).fma(a, c5);
        }
        c0.intoArray(out, 0);
        c1.intoArray(out, 2 * L);
        c2.intoArray(out, 4 * L);
        c3.intoArray(out, 6 * L);
        c4.intoArray(out, 8 * L);
        c5.intoArray(out, 10 * L);
    }
}
