package dev.qyclone.engine.ops;

import dev.qyclone.engine.model.FeedForward;
import dev.qyclone.engine.stage.AttentionPolicy;
import dev.qyclone.engine.stage.PositionScale;
import dev.qyclone.engine.stage.RopeTable;
import dev.qyclone.engine.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The fast twin of {@link ScalarOps}: {@code jdk.incubator.vector} kernels for the shape that the machine prefers. This class
 * only chooses; the kernels are in files of their own. After the first calls nothing is allocated for a single token.
 */
public final class VectorOps implements Ops {
    /** From so many rows on, a product decodes each weight once for all rows; below, it streams the weights once per row. */
    private static final int FEW = 4;

    private final WorkerPool pool;
    private final MatVec matVec;
    private final MatVecInterleaved matVecInterleaved;
    private final InterleavedWeights interleaved = new InterleavedWeights();
    private final MatMulTiles matMul;
    private final AttentionKernel attention;
    private final float[][] lanes;
    // Lists that are filled for a call and emptied behind it, so that decode leaves no garbage.
    private final Tensor[] oneWeight = new Tensor[1];
    private final float[][] oneOut = new float[1][];
    private final Tensor[] gateAndUp = new Tensor[2];
    private final float[][] gateAndUpOut = new float[2][];
    /** Of each length one. */
    private final List<InterleavedRows[]> copyLists = new ArrayList<>();

    /** @param pool shares the work; stays the caller's */
    public VectorOps(WorkerPool pool) {
        this.pool = pool;
        matVec = new MatVec(pool);
        matVecInterleaved = new MatVecInterleaved(pool);
        matMul = new MatMulTiles(pool);
        attention = new AttentionKernel(pool);
        lanes = pool.scratches(2 * Lanes.L);
    }

    /** Width of the vectors that this machine prefers, in bits. */
    public static int vectorBits() {
        return Lanes.SHAPE.vectorBitSize();
    }

    @Override
    public String words() {
        return "Vector API, " + vectorBits() + "-bit vectors, " + pool.threads()
                + (pool.threads() == 1 ? " thread" : " threads");
    }

    /** Types of 4 to 6 bits are interleaved: {@link InterleavedRows}. */
    @Override
    public PreparedWeights prepare(List<Tensor> matrices, boolean exact) {
        return interleaved.add(matrices, exact, pool);
    }

    @Override
    public void rmsNorm(float[] x, float[] weight, float eps, float[] out, int tokens, int dim) {
        if (tokens == 1) {
            normRows(x, weight, eps, out, 0, tokens, dim, lanes[0]);
            return;
        }
        pool.run(pool.threads(), (part, worker) -> normRows(x, weight, eps, out, WorkerPool.split(tokens, 1, part, pool.threads()),
                WorkerPool.split(tokens, 1, part + 1, pool.threads()), dim, lanes[worker]), (long) tokens * dim);
    }

    private static void normRows(float[] x, float[] weight, float eps, float[] out, int from, int to, int dim, float[] lanes) {
        for (int t = from; t < to; t++) {
            ElementKernels.rmsNorm(x, weight, eps, out, t * dim, dim, lanes);
        }
    }

    @Override
    public void matMul(Tensor weight, float[] x, float[] out, int tokens) {
        oneWeight[0] = weight;
        oneOut[0] = out;
        matMuls(oneWeight, x, oneOut, tokens);
        oneWeight[0] = null;
        oneOut[0] = null;
    }

    /** Few tokens share the work of matrices of one kind: threads meet once, not once for each matrix. */
    @Override
    public void matMuls(Tensor[] weights, float[] x, float[][] outs, int tokens) {
        if (tokens >= FEW) {
            matMul.multiply(weights, x, outs, tokens);
        } else if (alike(weights)) {
            fewTokens(weights, x, outs, tokens, false);
        } else {
            Ops.super.matMuls(weights, x, outs, tokens);
        }
    }

    /** Whether one product can have them all: the same type, and all read from copies, exact or not, or none. */
    private boolean alike(Tensor[] weights) {
        InterleavedRows first = interleaved.of(weights[0]);
        for (int i = 1; i < weights.length; i++) {
            InterleavedRows copy = interleaved.of(weights[i]);
            if (weights[i].type() != weights[0].type() || (copy == null) != (first == null)
                    || copy != null && copy.exact() != first.exact()) {
                return false;
            }
        }
        return true;
    }

    private void fewTokens(Tensor[] weights, float[] x, float[][] outs, int tokens, boolean gated) {
        if (interleaved.of(weights[0]) == null) {
            for (int t = 0; t < tokens; t++) {
                matVec.multiply(weights, x, t, outs, gated);
            }
            return;
        }
        while (copyLists.size() <= weights.length) {
            copyLists.add(new InterleavedRows[copyLists.size()]);
        }
        InterleavedRows[] copies = copyLists.get(weights.length);
        for (int i = 0; i < copies.length; i++) {
            copies[i] = interleaved.of(weights[i]);
        }
        for (int t = 0; t < tokens; t++) {
            matVecInterleaved.multiply(copies, x, t, outs, gated);
        }
        Arrays.fill(copies, null);
    }

    @Override
    public void addBias(float[] x, float[] bias, int tokens) {
        for (int t = 0; t < tokens; t++) {
            ElementKernels.add(x, t * bias.length, bias, 0, bias.length);
        }
    }

    @Override
    public void scale(float[] x, PositionScale scale, int tokens, int width, int position) {
        if (scale.isNone()) {
            return;
        }
        for (int t = 0; t < tokens; t++) {
            ElementKernels.scale(x, t * width, scale.at(position + t), width);
        }
    }

    @Override
    public void turnKeys(float[] k, AttentionPolicy policy, int tokens, int kvHeads, int position) {
        RopeTable.Angles angles = policy.rope().covering(policy.ropePositions(position + tokens));
        int pairs = policy.rope().pairs();
        if (tokens == 1) {
            turn(k, 0, kvHeads, pairs, angles, policy.keyPosition(position));
            return;
        }
        pool.run(tokens, (t, worker) -> turn(k, t * kvHeads, kvHeads, pairs, angles, policy.keyPosition(position + t)),
                2L * tokens * kvHeads * pairs);
    }

    @Override
    public void turnQueries(float[] q, AttentionPolicy policy, int tokens, int heads, int position) {
        RopeTable.Angles angles = policy.rope().covering(policy.ropePositions(position + tokens));
        int pairs = policy.rope().pairs();
        for (int turn = policy.turns() - 1; turn >= 0; turn--) {
            int first = turn * tokens;
            if (turn > 0) {
                System.arraycopy(q, 0, q, first * heads * 2 * pairs, tokens * heads * 2 * pairs);
            }
            if (tokens == 1) {
                turn(q, first * heads, heads, pairs, angles, policy.queryPosition(position, turn));
            } else {
                turnRows(q, first, policy, turn, tokens, heads, position, angles);
            }
        }
    }

    private void turnRows(float[] q, int first, AttentionPolicy policy, int turn, int tokens, int heads, int position,
            RopeTable.Angles angles) {
        int pairs = policy.rope().pairs();
        pool.run(tokens, (t, worker) ->
                turn(q, (first + t) * heads, heads, pairs, angles, policy.queryPosition(position + t, turn)), 2L * tokens * heads * pairs);
    }

    /** Turns {@code heads} heads from head {@code first} on by one rotary position. */
    private static void turn(float[] x, int first, int heads, int pairs, RopeTable.Angles angles, int position) {
        for (int head = first; head < first + heads; head++) {
            ElementKernels.turn(x, head * 2 * pairs, angles.cos(), angles.sin(), position * pairs, pairs);
        }
    }

    @Override
    public void attention(float[] q, KvCache cache, AttentionPolicy policy, float[] out, int tokens, int heads, int position) {
        attention.attend(q, cache, policy, out, tokens, heads, position);
    }

    @Override
    public void swiGlu(float[] gate, float[] up, int count) {
        if (count < WorkerPool.SMALL) {
            ElementKernels.swiGlu(gate, 0, up, 0, count);
            return;
        }
        pool.run(pool.threads(), (part, worker) -> {
            int from = WorkerPool.split(count, Lanes.L, part, pool.threads());
            int to = WorkerPool.split(count, Lanes.L, part + 1, pool.threads());
            ElementKernels.swiGlu(gate, from, up, from, to - from);
        });
    }

    @Override
    public void feedForward(FeedForward.Dense network, float[] x, float[] gate, float[] up, float[] out, int tokens) {
        if (tokens >= FEW) {
            matMul.feedForward(network, x, out, tokens);
            return;
        }
        gateAndUp[0] = network.gate();
        gateAndUp[1] = network.up();
        if (!alike(gateAndUp)) {
            Arrays.fill(gateAndUp, null);
            Ops.super.feedForward(network, x, gate, up, out, tokens);
            return;
        }
        gateAndUpOut[0] = gate;
        gateAndUpOut[1] = up;
        fewTokens(gateAndUp, x, gateAndUpOut, tokens, true);
        Arrays.fill(gateAndUp, null);
        Arrays.fill(gateAndUpOut, null);
        matMul(network.down(), gate, out, tokens);
    }

    @Override
    public void add(float[] x, float[] y, int count) {
        ElementKernels.add(x, 0, y, 0, count);
    }
}
