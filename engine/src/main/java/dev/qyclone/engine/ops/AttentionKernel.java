package dev.qyclone.engine.ops;

import dev.qyclone.engine.stage.AttentionPolicy;
import dev.qyclone.engine.stage.KvType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Attention by online softmax. A part is one key head, a tile of tokens with all the query heads that read that key head, and a
 * span of positions; it walks the span in chunks, and each chunk of keys and values is read once for all its query rows.
 *
 * <p>How the work is cut depends on the sizes of the call alone, never on the number of threads: long contexts are cut into spans,
 * whose results are merged in order of position, only when there is a single tile of tokens.
 */
final class AttentionKernel implements WorkerPool.Work {
    /** Positions whose scores are kept at a time. Divides a page. */
    private static final int CHUNK = 64;
    /** Positions after which a single tile is cut: whole pages. */
    private static final int SPAN = 4 * KvCache.PAGE;
    /** Query rows of a tile, unless one group is larger; as many as share the decoding of halves. */
    private static final int ROWS = 64;
    /** Query rows up to which halves become floats in registers, once for each eight; with more, once a chunk for all. */
    private static final int FEW_ROWS = 2 * HalfTile.STEP;

    /** What one thread needs; sums are (rows, valueStride), not yet divided by the weights. */
    private static final class Scratch {
        float[] queries = WorkerPool.scratch(0);
        float[] scores = WorkerPool.scratch(0);
        float[] turned = WorkerPool.scratch(0);
        float[] sums = WorkerPool.scratch(0);
        float[] largest = WorkerPool.scratch(0);
        float[] weights = WorkerPool.scratch(0);
        final float[] lanes = WorkerPool.scratch(Lanes.L);
        /** Kept, so that touching is not left out. */
        int touched;
        MemorySegment keys = MemorySegment.NULL;
        MemorySegment values = MemorySegment.NULL;

        void fit(int rows, int turns, int headDim, int stride, boolean decode) {
            int others = turns == 1 ? 0 : rows * CHUNK;
            if (!WorkerPool.holds(queries, turns * rows * headDim) || !WorkerPool.holds(scores, rows * CHUNK)
                    || !WorkerPool.holds(turned, others) || !WorkerPool.holds(sums, rows * stride)) {
                queries = WorkerPool.scratch(turns * rows * headDim);
                scores = WorkerPool.scratch(rows * CHUNK);
                turned = WorkerPool.scratch(others);
                sums = WorkerPool.scratch(rows * stride);
                largest = WorkerPool.scratch(rows);
                weights = WorkerPool.scratch(rows);
            }
            if (decode && keys.byteSize() < (long) CHUNK * stride * Float.BYTES) {
                keys = Arena.ofAuto().allocate((long) CHUNK * stride * Float.BYTES, 64);
                values = Arena.ofAuto().allocate((long) CHUNK * stride * Float.BYTES, 64);
            }
        }
    }

    private final WorkerPool pool;
    private final Scratch[] scratch;
    /** (span, row, [largest, weights, sums]) of a call that is cut into spans. */
    private float[] partials = new float[0];

    private float[] q;
    private KvCache cache;
    private AttentionPolicy policy;
    private float[] out;
    private int tokens;
    private int heads;
    private int position;
    private int group;
    private int headDim;
    private int stride;
    private int tileTokens;
    private int tiles;
    private int spans;
    /** Whether a part's rows are few, and none of the halves is infinite. */
    private boolean halves;
    /** The first position of the first span. */
    private int begin;

    AttentionKernel(WorkerPool pool) {
        this.pool = pool;
        scratch = new Scratch[pool.threads()];
        for (int i = 0; i < scratch.length; i++) {
            scratch[i] = new Scratch();
        }
    }

    void attend(float[] queries, KvCache keysAndValues, AttentionPolicy sight, float[] target, int count, int queryHeads,
            int firstPosition) {
        q = queries;
        cache = keysAndValues;
        policy = sight;
        out = target;
        tokens = count;
        heads = queryHeads;
        position = firstPosition;
        group = heads / cache.kvHeads();
        headDim = cache.headDim();
        stride = cache.valueStride();
        tileTokens = Math.max(1, ROWS / group);
        tiles = Math.ceilDiv(tokens, tileTokens);
        begin = policy.firstVisible(position) / SPAN * SPAN;
        halves = cache.type() == KvType.F16 && cache.finiteHalves() && Math.min(tokens, tileTokens) * group <= FEW_ROWS;
        spans = tiles == 1 ? Math.ceilDiv(position + tokens - begin, SPAN) : 1;
        if (spans > 1 && partials.length < spans * tokens * heads * (stride + 2)) {
            partials = new float[2 * spans * tokens * heads * (stride + 2)];
        }
        pool.run(tiles * cache.kvHeads() * spans, this, 2L * tokens * heads * headDim * (position + tokens));
        if (spans > 1) {
            for (int row = 0; row < tokens * heads; row++) {
                merge(row);
            }
        }
        q = null;
        cache = null;
        policy = null;
        out = null;
    }

    /** The last tiles of tokens see the most positions, so they go first. */
    @Override
    public void run(int part, int worker) {
        int span = part % spans;
        int kvHead = part / spans % cache.kvHeads();
        int firstToken = (tiles - 1 - part / spans / cache.kvHeads()) * tileTokens;
        int count = Math.min(tileTokens, tokens - firstToken);
        int rows = count * group;
        int step = halves ? HalfTile.STEP : AttentionTile.STEP;
        int padded = Math.ceilDiv(rows, step) * step;
        Scratch s = scratch[worker];
        s.fit(padded, policy.turns(), headDim, stride, cache.type() == KvType.F16 && !halves);
        gather(s, firstToken, kvHead, rows, padded);
        int end = Math.min(position + firstToken + count, spans == 1 ? Integer.MAX_VALUE : begin + (span + 1) * SPAN);
        int start = Math.max(begin + span * SPAN, policy.firstVisible(position + firstToken) / CHUNK * CHUNK);
        int touched = 0;
        for (int from = start; from < end; from += CHUNK) {
            touched += chunk(s, kvHead, firstToken, rows, padded, from, Math.min(CHUNK, end - from));
        }
        s.touched = touched;
        for (int r = 0; r < rows; r++) {
            int row = (firstToken + r / group) * heads + kvHead * group + r % group;
            if (spans == 1) {
                scaled(s.sums, r * stride, 1 / s.weights[r], row);
            } else {
                int at = (span * tokens * heads + row) * (stride + 2);
                partials[at] = s.largest[r];
                partials[at + 1] = s.weights[r];
                System.arraycopy(s.sums, r * stride, partials, at + 2, stride);
            }
        }
    }

    /** Copies the tile's queries, divided by sqrt(headDim), as (token, head of the group) rows, and clears the sums. */
    private void gather(Scratch s, int firstToken, int kvHead, int rows, int padded) {
        float scale = (float) (1 / Math.sqrt(headDim));
        for (int turn = 0; turn < policy.turns(); turn++) {
            int to = turn * padded * headDim;
            for (int r = 0; r < rows; r++) {
                int from = ((turn * tokens + firstToken + r / group) * heads + kvHead * group + r % group) * headDim;
                for (int d = 0; d < headDim; d++) {
                    s.queries[to + r * headDim + d] = q[from + d] * scale;
                }
            }
            Arrays.fill(s.queries, to + rows * headDim, to + padded * headDim, 0);
        }
        Arrays.fill(s.sums, 0, padded * stride, 0);
        Arrays.fill(s.largest, 0, padded, Float.NEGATIVE_INFINITY);
        Arrays.fill(s.weights, 0, padded, 0);
    }

    private int chunk(Scratch s, int kvHead, int firstToken, int rows, int padded, int from, int count) {
        MemorySegment page = cache.page(from);
        MemorySegment keys = page;
        MemorySegment values = page;
        int bytes = cache.type().bytes();
        long key = cache.keyIndex(from, kvHead, 0) * bytes;
        long value = cache.valueIndex(from, kvHead, 0) * bytes;
        int touched = 0;
        if (tiles == 1) {
            touched = AttentionTile.touch(page, key, value, count / KvCache.BLOCK * KvCache.BLOCK * headDim * bytes);
        }
        if (cache.type() == KvType.F16 && !halves) {
            int pairs = Math.ceilDiv(count, 2 * KvCache.BLOCK);
            PanelDecoder.widen(page, key, s.keys, 2 * pairs * KvCache.BLOCK * headDim);
            PanelDecoder.widen(page, value, s.values, count * stride);
            keys = s.keys;
            values = s.values;
            key = 0;
            value = 0;
        }
        score(s, keys, key, firstToken, rows, padded, from, count);
        for (int r = 0; r < rows; r++) {
            int last = position + firstToken + r / group;
            int visible = Math.min(count, last + 1 - from);
            int hidden = Math.max(0, policy.firstVisible(last) - from);
            if (visible <= hidden) {
                Arrays.fill(s.scores, r * CHUNK, r * CHUNK + count, 0);
            } else {
                Arrays.fill(s.scores, r * CHUNK, r * CHUNK + hidden, Float.NEGATIVE_INFINITY);
                soften(s, r, visible, count);
            }
        }
        if (halves) {
            HalfTile.addValues(values, value, count, s.scores, CHUNK, padded, s.sums, stride);
        } else {
            AttentionTile.addValues(values, value, count, s.scores, CHUNK, padded, s.sums, stride);
        }
        return touched;
    }

    /** Scores of all rows, each with the turn of its query that belongs to the key; nearly always one turn serves all. */
    private void score(Scratch s, MemorySegment keys, long key, int firstToken, int rows, int padded, int from, int count) {
        int first = position + firstToken;
        int last = first + (rows - 1) / group;
        int nearest = policy.turnFor(first, Math.min(first, from + count - 1));
        int farthest = policy.turnFor(last, from);
        for (int turn = nearest; turn <= farthest; turn++) {
            float[] scores = turn == nearest ? s.scores : s.turned;
            int query = turn * padded * headDim;
            if (halves) {
                HalfTile.scores(keys, key, count, s.queries, query, headDim, padded, scores, CHUNK);
            } else {
                AttentionTile.scores(keys, key, count, s.queries, query, headDim, padded, scores, CHUNK);
            }
            for (int r = 0; turn > nearest && r < rows; r++) {
                int asking = first + r / group;
                for (int p = 0; p < count && from + p <= asking; p++) {
                    if (policy.turnFor(asking, from + p) == turn) {
                        s.scores[r * CHUNK + p] = s.turned[r * CHUNK + p];
                    }
                }
            }
        }
    }

    /** Turns a row's scores into weights relative to the largest score so far, and shrinks what was summed before. */
    private void soften(Scratch s, int r, int visible, int count) {
        float larger = Math.max(s.largest[r], AttentionTile.largest(s.scores, r * CHUNK, visible));
        float sum = AttentionTile.weights(s.scores, r * CHUNK, visible, count, larger, s.lanes);
        if (larger != s.largest[r]) {
            float shrink = Exponential.of(s.largest[r] - larger);
            s.weights[r] *= shrink;
            ElementKernels.scale(s.sums, r * stride, shrink, stride);
            s.largest[r] = larger;
        }
        s.weights[r] += sum;
    }

    /** Log-sum-exp over the spans of one row. */
    private void merge(int row) {
        int step = tokens * heads * (stride + 2);
        int at = row * (stride + 2);
        float largest = Float.NEGATIVE_INFINITY;
        for (int span = 0; span < spans; span++) {
            largest = Math.max(largest, partials[at + span * step]);
        }
        float weights = 0;
        for (int span = 0; span < spans; span++) {
            float shrink = Exponential.of(partials[at + span * step] - largest);
            weights += partials[at + span * step + 1] * shrink;
            ElementKernels.scale(partials, at + span * step + 2, shrink, stride);
            if (span > 0) {
                ElementKernels.add(partials, at + 2, partials, at + span * step + 2, stride);
            }
        }
        scaled(partials, at + 2, 1 / weights, row);
    }

    private void scaled(float[] sums, int at, float factor, int row) {
        for (int d = 0; d < headDim; d++) {
            out[row * headDim + d] = sums[at + d] * factor;
        }
    }
}
