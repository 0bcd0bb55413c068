package dev.qyclone.engine.ops;

import dev.qyclone.engine.stage.AttentionPolicy;
import dev.qyclone.engine.stage.PositionScale;
import dev.qyclone.engine.stage.RopeTable;
import dev.qyclone.engine.tensor.Tensor;
import java.util.List;

/** The truth that faster ops are held to: plain loops, sums in double, one rounding to float at the end. */
public final class ScalarOps implements Ops {
    private final WorkerPool pool;

    /** @param pool shares the rows of a product and the heads of attention; stays the caller's */
    public ScalarOps(WorkerPool pool) {
        this.pool = pool;
    }

    @Override
    public String words() {
        return "plain loops, sums in double, " + pool.threads() + (pool.threads() == 1 ? " thread" : " threads");
    }

    /** What is stored is read as it is stored, and always exactly. */
    @Override
    public PreparedWeights prepare(List<Tensor> matrices, boolean exact) {
        return PreparedWeights.NONE;
    }

    @Override
    public void rmsNorm(float[] x, float[] weight, float eps, float[] out, int tokens, int dim) {
        for (int t = 0; t < tokens; t++) {
            double squares = 0;
            for (int i = 0; i < dim; i++) {
                squares += (double) x[t * dim + i] * x[t * dim + i];
            }
            double scale = 1 / Math.sqrt(squares / dim + eps);
            for (int i = 0; i < dim; i++) {
                out[t * dim + i] = (float) (x[t * dim + i] * scale * weight[i]);
            }
        }
    }

    @Override
    public void matMul(Tensor weight, float[] x, float[] out, int tokens) {
        int rows = Math.toIntExact(weight.rows());
        int cols = Math.toIntExact(weight.cols());
        int parts = pool.threads();
        pool.run(parts, (part, worker) -> {
            float[] row = new float[cols];
            int end = WorkerPool.split(rows, 1, part + 1, parts);
            for (int r = WorkerPool.split(rows, 1, part, parts); r < end; r++) {
                weight.decodeRow(r, row, 0);
                for (int t = 0; t < tokens; t++) {
                    double sum = 0;
                    for (int i = 0; i < cols; i++) {
                        sum += (double) row[i] * x[t * cols + i];
                    }
                    out[t * rows + r] = (float) sum;
                }
            }
        });
    }

    @Override
    public void addBias(float[] x, float[] bias, int tokens) {
        for (int t = 0; t < tokens; t++) {
            for (int i = 0; i < bias.length; i++) {
                x[t * bias.length + i] += bias[i];
            }
        }
    }

    @Override
    public void scale(float[] x, PositionScale scale, int tokens, int width, int position) {
        if (scale.isNone()) {
            return;
        }
        for (int t = 0; t < tokens; t++) {
            float factor = scale.at(position + t);
            for (int i = 0; i < width; i++) {
                x[t * width + i] *= factor;
            }
        }
    }

    @Override
    public void turnKeys(float[] k, AttentionPolicy policy, int tokens, int kvHeads, int position) {
        RopeTable.Angles angles = policy.rope().covering(policy.ropePositions(position + tokens));
        for (int t = 0; t < tokens; t++) {
            turn(k, t * kvHeads, kvHeads, policy.rope().pairs(), angles, policy.keyPosition(position + t));
        }
    }

    @Override
    public void turnQueries(float[] q, AttentionPolicy policy, int tokens, int heads, int position) {
        int pairs = policy.rope().pairs();
        RopeTable.Angles angles = policy.rope().covering(policy.ropePositions(position + tokens));
        for (int turn = policy.turns() - 1; turn >= 0; turn--) {
            System.arraycopy(q, 0, q, turn * tokens * heads * 2 * pairs, tokens * heads * 2 * pairs);
            for (int t = 0; t < tokens; t++) {
                turn(q, (turn * tokens + t) * heads, heads, pairs, angles, policy.queryPosition(position + t, turn));
            }
        }
    }

    /** Turns {@code heads} heads from head {@code first} on by one rotary position. */
    private static void turn(float[] x, int first, int heads, int pairs, RopeTable.Angles angles, int position) {
        for (int head = first; head < first + heads; head++) {
            int at = head * 2 * pairs;
            for (int i = 0; i < pairs; i++) {
                double cos = angles.cos()[position * pairs + i];
                double sin = angles.sin()[position * pairs + i];
                double a = x[at + i];
                double b = x[at + pairs + i];
                x[at + i] = (float) (a * cos - b * sin);
                x[at + pairs + i] = (float) (b * cos + a * sin);
            }
        }
    }

    @Override
    public void attention(float[] q, KvCache cache, AttentionPolicy policy, float[] out, int tokens, int heads, int position) {
        pool.run(tokens * heads, (part, worker) -> attend(q, cache, policy, out, part, tokens, heads, position));
    }

    /** One head of one token; {@code row} = token · heads + head. */
    private static void attend(float[] q, KvCache cache, AttentionPolicy policy, float[] out, int row, int tokens, int heads,
            int position) {
        int headDim = cache.headDim();
        int kvHead = row % heads / (heads / cache.kvHeads());
        int last = position + row / heads;
        double[] sum = new double[headDim];
        double largest = Double.NEGATIVE_INFINITY;
        double weights = 0;
        for (int j = policy.firstVisible(last); j <= last; j++) {
            int query = (policy.turnFor(last, j) * tokens * heads + row) * headDim;
            double score = 0;
            for (int d = 0; d < headDim; d++) {
                score += (double) q[query + d] * cache.key(j, kvHead, d);
            }
            score /= Math.sqrt(headDim);
            double larger = Math.max(largest, score);
            double shrink = Math.exp(largest - larger);
            double weight = Math.exp(score - larger);
            for (int d = 0; d < headDim; d++) {
                sum[d] = sum[d] * shrink + weight * cache.value(j, kvHead, d);
            }
            weights = weights * shrink + weight;
            largest = larger;
        }
        for (int d = 0; d < headDim; d++) {
            out[row * headDim + d] = (float) (sum[d] / weights);
        }
    }

    @Override
    public void swiGlu(float[] gate, float[] up, int count) {
        for (int i = 0; i < count; i++) {
            gate[i] = (float) (gate[i] / (1 + Math.exp(-gate[i])) * up[i]);
        }
    }

    @Override
    public void add(float[] x, float[] y, int count) {
        for (int i = 0; i < count; i++) {
            x[i] += y[i];
        }
    }
}
