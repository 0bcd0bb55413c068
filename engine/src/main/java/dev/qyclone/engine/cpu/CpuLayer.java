package dev.qyclone.engine.cpu;

import dev.qyclone.engine.model.LayerWeights;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.ops.KvCache;
import dev.qyclone.engine.ops.Ops;
import dev.qyclone.engine.stage.AttentionPolicy;
import dev.qyclone.engine.tensor.Tensor;

/**
 * One transformer layer on the host; the steps are named as every backend names them. Shapes: x (tokens, dim),
 * q (turns, tokens, qDim), k and v (tokens, kvDim).
 */
final class CpuLayer {
    private final ModelConfig config;
    private final LayerWeights weights;
    private final Tensor[] qkv;
    private final float[] attnNorm; // (dim)
    private final float[] qBias; // (qDim)
    private final float[] kBias; // (kvDim)
    private final float[] vBias; // (kvDim)
    private final float[] ffnNorm; // (dim)

    CpuLayer(ModelConfig config, LayerWeights weights) {
        this.config = config;
        this.weights = weights;
        this.qkv = new Tensor[] {weights.q(), weights.k(), weights.v()};
        this.attnNorm = weights.attnNorm().toFloats();
        this.qBias = weights.qBias().toFloats();
        this.kBias = weights.kBias().toFloats();
        this.vBias = weights.vBias().toFloats();
        this.ffnNorm = weights.ffnNorm().toFloats();
    }

    /** x (tokens, dim) becomes the layer's output; keys and values of the rows are appended to {@code cache}. */
    void forward(Ops ops, CpuScratch s, KvCache cache, AttentionPolicy policy, float[] x, int tokens, int position) {
        // attn_norm
        ops.rmsNorm(x, attnNorm, config.normEps(), s.normed, tokens, config.dim());

        // qkv
        ops.matMuls(qkv, s.normed, s.qkv, tokens);
        ops.addBias(s.q, qBias, tokens);
        ops.addBias(s.k, kBias, tokens);
        ops.addBias(s.v, vBias, tokens);

        // rope
        ops.scale(s.q, policy.queryScale(), tokens, config.qDim(), position);
        ops.scale(s.k, policy.keyScale(), tokens, config.kvDim(), position);
        ops.turnQueries(s.q, policy, tokens, config.heads(), position);
        ops.turnKeys(s.k, policy, tokens, config.kvHeads(), position);

        // attention
        cache.append(s.k, s.v, tokens);
        ops.attention(s.q, cache, policy, s.attended, tokens, config.heads(), position);

        // attn_out
        ops.matMul(weights.attnOut(), s.attended, s.projected, tokens);
        ops.add(x, s.projected, tokens * config.dim());

        // ffn_norm
        ops.rmsNorm(x, ffnNorm, config.normEps(), s.normed, tokens, config.dim());

        // gate_up, ffn_down
        CpuFeedForward.forward(ops, weights.ffn(), config.mixture(), s, x, tokens, config.dim());
    }
}
