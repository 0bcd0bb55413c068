package dev.qyclone.engine.ops;

import static dev.qyclone.engine.ops.Lanes.L;

import dev.qyclone.engine.model.FeedForward;
import dev.qyclone.engine.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Matrix times matrix, for prefill. Activations are packed: groups of {@link TileProduct#VECTORS} · L tokens, in a group for each row (a
 * column of the weights) the group's tokens; a last group is as many vectors wide as it needs. A tile of {@link #TILE} weight rows is
 * decoded {@link #DEPTH} columns at a time, and each decoded panel is multiplied with all groups by {@link TileProduct}, whose sums are
 * packed again. Tiles go to whichever thread is free.
 *
 * <p>An output is the sum, in order, of partial sums over DEPTH columns, each summed in order: its bits depend neither on the tile
 * nor on the thread nor on how many tokens come with it.
 */
final class MatMulTiles {
    /**
     * Weight rows that are decoded together: a multiple of {@link TileProduct#STEP}. Few, so that a matrix of some hundred rows still
     * gives tiles for all threads to the end.
     */
    private static final int TILE = 24;
    /** Columns that are decoded together: a multiple of every block size. TILE · DEPTH floats are 96 KB. */
    private static final int DEPTH = 1024;
    /** Tokens that share one decoding. */
    private static final int GROUP = 512;
    private static final int WIDTH = TileProduct.VECTORS * L;
    private static final int CACHE_LINE = 64;

    private final WorkerPool pool;
    private final WorkerPool.Work packing = this::pack;
    private final WorkerPool.Work multiplying = this::tile;
    private final WorkerPool.Work gating = this::gatedTile;
    private final float[][] panels;
    private final float[][] sums;
    /** Kept, so that touching is not left out. */
    private final int[] touched;
    private float[] packed = new float[0];
    private float[] hidden = new float[0];

    private Tensor weight;
    private Tensor gateWeight;
    private float[] input;
    private int pitch;
    private float[] x;
    private float[] out;
    private int first;
    private int tokens;

    MatMulTiles(WorkerPool pool) {
        this.pool = pool;
        panels = new float[pool.threads()][TILE * DEPTH];
        sums = new float[pool.threads()][0];
        touched = new int[pool.threads()];
    }

    /** targets[i] (count, rows) = source (count, cols) · tensors[i]ᵀ: all of the same width. */
    void multiply(Tensor[] tensors, float[] source, float[][] targets, int count) {
        for (first = 0; first < count; first += GROUP) {
            tokens = Math.min(GROUP, count - first);
            packFrom(source, Math.toIntExact(tensors[0].cols()));
            for (int i = 0; i < tensors.length; i++) {
                out = targets[i];
                multiplyInput(tensors[i]);
            }
        }
        release();
    }

    /** target (count, dim) = the network of source (count, dim). What is between the products stays packed. */
    void feedForward(FeedForward.Dense network, float[] source, float[] target, int count) {
        int width = Math.toIntExact(network.gate().rows());
        int room = Math.ceilDiv(width, TileProduct.STEP) * TileProduct.STEP;
        out = target;
        for (first = 0; first < count; first += GROUP) {
            tokens = Math.min(GROUP, count - first);
            packFrom(source, Math.toIntExact(network.gate().cols()));
            if (hidden.length < room * paddedTokens()) {
                hidden = new float[room * paddedTokens()];
            }
            gateWeight = network.gate();
            weight = network.up();
            pool.run(Math.ceilDiv(width, TILE), gating, 2L * tokens * weight.elements());
            input = hidden;
            pitch = room;
            multiplyInput(network.down());
        }
        release();
    }

    private void release() {
        weight = null;
        gateWeight = null;
        input = null;
        x = null;
        out = null;
    }

    /** Tokens with those that fill up the last vector. */
    private int paddedTokens() {
        return Math.ceilDiv(tokens, L) * L;
    }

    private int groups() {
        return Math.ceilDiv(tokens, WIDTH);
    }

    private int groupWidth(int group) {
        return Math.min(WIDTH, paddedTokens() - group * WIDTH);
    }

    private void packFrom(float[] source, int cols) {
        if (packed.length < paddedTokens() * cols) {
            packed = new float[paddedTokens() * cols];
        }
        x = source;
        input = packed;
        pitch = cols;
        pool.run(paddedTokens() / L, packing, (long) tokens * cols);
    }

    /** Packs L tokens; those beyond the last are zero. */
    private void pack(int vector, int worker) {
        int cols = pitch;
        int group = vector / TileProduct.VECTORS;
        int width = groupWidth(group);
        int to = group * WIDTH * cols + vector % TileProduct.VECTORS * L;
        int from = (first + vector * L) * cols;
        int count = Math.min(L, tokens - vector * L);
        for (int k = 0; k < cols; k++) {
            for (int t = 0; t < count; t++) {
                packed[to + k * width + t] = x[from + t * cols + k];
            }
            for (int t = count; t < L; t++) {
                packed[to + k * width + t] = 0;
            }
        }
    }

    private void multiplyInput(Tensor tensor) {
        weight = tensor;
        pool.run(Math.ceilDiv(Math.toIntExact(tensor.rows()), TILE), multiplying, tokens * tensor.elements());
    }

    private void tile(int tile, int worker) {
        int rows = Math.toIntExact(weight.rows());
        int row = tile * TILE;
        int height = Math.min(TILE, rows - row);
        float[] sum = sumsOf(worker);
        products(weight, row, height, sum, 0, TILE, worker);
        for (int group = 0; group < groups(); group++) {
            int width = groupWidth(group);
            int count = Math.min(width, tokens - group * WIDTH);
            for (int t = 0; t < count; t++) {
                int to = (first + group * WIDTH + t) * rows + row;
                int from = group * TILE * WIDTH + t;
                for (int r = 0; r < height; r++) {
                    out[to + r] = sum[from + r * width];
                }
            }
        }
    }

    /** A tile of rows of {@link #hidden}: silu(gate · x) · (up · x). */
    private void gatedTile(int tile, int worker) {
        int rows = Math.toIntExact(weight.rows());
        int room = Math.ceilDiv(rows, TileProduct.STEP) * TileProduct.STEP;
        int row = tile * TILE;
        int height = Math.min(TILE, rows - row);
        float[] sum = sumsOf(worker);
        products(gateWeight, row, height, hidden, row, room, worker);
        products(weight, row, height, sum, 0, TILE, worker);
        for (int group = 0; group < groups(); group++) {
            int width = groupWidth(group);
            ElementKernels.swiGlu(hidden, group * WIDTH * room + row * width, sum, group * WIDTH * TILE, height * width);
        }
    }

    private float[] sumsOf(int worker) {
        if (sums[worker].length < TILE * paddedTokens()) {
            sums[worker] = new float[TILE * paddedTokens()];
        }
        return sums[worker];
    }

    /**
     * Rows [at, at + height) of the packed {@code sum} = rows [row, row + height) of {@code tensor} · the packed input. The last
     * register tile may reach below {@code height}, into rows of the panel that are left over: those sums are not used.
     *
     * @param sumPitch rows of a group of {@code sum}; a multiple of {@link TileProduct#STEP}, as {@code at} is
     */
    private void products(Tensor tensor, int row, int height, float[] sum, int at, int sumPitch, int worker) {
        int reach = Math.ceilDiv(height, TileProduct.STEP) * TileProduct.STEP;
        for (int group = 0; group < groups(); group++) {
            int from = group * WIDTH * sumPitch + at * groupWidth(group);
            Arrays.fill(sum, from, from + reach * groupWidth(group), 0);
        }
        float[] panel = panels[worker];
        int cols = Math.toIntExact(tensor.cols());
        for (int k = 0; k < cols; k += DEPTH) {
            int depth = Math.min(DEPTH, cols - k);
            touched[worker] += touch(tensor, row, height, tensor.type().bytes(k), tensor.type().bytes(depth));
            for (int r = 0; r < height; r++) {
                long offset = (row + r) * tensor.rowBytes() + tensor.type().bytes(k);
                PanelDecoder.decode(tensor.type(), tensor.data(), offset, panel, r * DEPTH, depth);
            }
            for (int group = 0; group < groups(); group++) {
                int width = groupWidth(group);
                int x0 = group * WIDTH * pitch + k * width;
                int s = group * WIDTH * sumPitch + at * width;
                for (int r = 0; r < height; r += TileProduct.STEP) {
                    TileProduct.add(panel, r * DEPTH, DEPTH, input, x0, width, depth, sum, s + r * width);
                }
            }
        }
    }

    /**
     * Reads a line of every 64 bytes of some rows: memory brings many at a time, where the decoder, which goes through one short piece of a
     * row after the other, would wait for each.
     */
    private static int touch(Tensor tensor, int row, int height, long from, long bytes) {
        int sum = 0;
        for (int r = 0; r < height; r++) {
            long begin = (row + r) * tensor.rowBytes() + from;
            for (long o = 0; o < bytes; o += CACHE_LINE) {
                sum += tensor.data().get(ValueLayout.JAVA_BYTE, begin + o);
            }
        }
        return sum;
    }
}
