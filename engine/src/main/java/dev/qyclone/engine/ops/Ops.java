package dev.qyclone.engine.ops;

import dev.qyclone.engine.model.FeedForward;
import dev.qyclone.engine.stage.AttentionPolicy;
import dev.qyclone.engine.stage.PositionScale;
import dev.qyclone.engine.tensor.Tensor;
import java.util.List;

/**
 * The arithmetic of a layer. Activations are float arrays, (tokens, n) row by row; weights stay as they are stored.
 * Results do not depend on the number of threads: each output element is computed by one thread in one fixed order.
 * An instance is used by one caller at a time (its scratch is reused).
 */
public interface Ops {
    /** For the user: which arithmetic this is. */
    String words();

    /**
     * Copies those of these matrices whose products with one row are faster in another order than the stored one. The bits of
     * the products may differ by rounding.
     *
     * @param exact whether products with one row keep their activations as floats. Else they may be rounded, to
     *     {@link PreparedWeights#activationBits}
     */
    PreparedWeights prepare(List<Tensor> matrices, boolean exact);

    /** out[t] = x[t] / sqrt(mean(x[t]²) + eps) · weight, rows of {@code dim}; {@code out} may be {@code x}. */
    void rmsNorm(float[] x, float[] weight, float eps, float[] out, int tokens, int dim);

    /** out (tokens, rows) = x (tokens, cols) · weightᵀ; {@code out} is not {@code x}. */
    void matMul(Tensor weight, float[] x, float[] out, int tokens);

    /** {@link #matMul} of several matrices with one x, outs[i] for weights[i]: they may be worked on together. */
    default void matMuls(Tensor[] weights, float[] x, float[][] outs, int tokens) {
        for (int i = 0; i < weights.length; i++) {
            matMul(weights[i], x, outs[i], tokens);
        }
    }

    /** x[t] += bias, rows of bias.length. */
    void addBias(float[] x, float[] bias, int tokens);

    /** x[t] ·= the scale of position position + t, rows of {@code width}. */
    void scale(float[] x, PositionScale scale, int tokens, int width, int position);

    /** Turns every head of every row by its rotary position; k is (tokens, kvHeads · headDim), of positions from {@code position} on. */
    void turnKeys(float[] k, AttentionPolicy policy, int tokens, int kvHeads, int position);

    /**
     * Turns every head of every row in each of the policy's ways.
     *
     * @param q (turns, tokens, heads · headDim): the first block is given, the others are overwritten
     */
    void turnQueries(float[] q, AttentionPolicy policy, int tokens, int heads, int position);

    /**
     * out[t, h] = Σ_j softmax_j(q[t, h] · key[j] / sqrt(headDim)) value[j] over the positions j ≤ position + t that the policy lets
     * the query see, by online softmax: no score matrix is kept. Query head h reads key head h / (heads / kvHeads).
     *
     * @param q (turns, tokens, heads · headDim), turned: for each key the turn that the policy names
     * @param cache holds the positions [0, position + tokens)
     * @param out (tokens, heads · headDim)
     */
    void attention(float[] q, KvCache cache, AttentionPolicy policy, float[] out, int tokens, int heads, int position);

    /** gate[i] = silu(gate[i]) · up[i] for i < count, silu(z) = z / (1 + e^-z). */
    void swiGlu(float[] gate, float[] up, int count);

    /**
     * out (tokens, dim) = down · (silu(gate · x) · (up · x)) for x (tokens, dim): the steps gate_up and ffn_down of a dense network or
     * of one expert.
     *
     * @param gate working memory of (tokens, ffnDim), as {@code up}: what it holds afterwards is not said
     */
    default void feedForward(FeedForward.Dense network, float[] x, float[] gate, float[] up, float[] out, int tokens) {
        // gate_up
        matMul(network.gate(), x, gate, tokens);
        matMul(network.up(), x, up, tokens);
        swiGlu(gate, up, tokens * Math.toIntExact(network.gate().rows()));
        // ffn_down
        matMul(network.down(), gate, out, tokens);
    }

    /** x[i] += y[i] for i < count. */
    void add(float[] x, float[] y, int count);
}
