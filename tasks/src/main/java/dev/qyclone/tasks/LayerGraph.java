package dev.qyclone.tasks;

import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.tasks.kernels.Role;

/**
 * One transformer layer as a task graph; the steps are named as every backend names them (a fused step after what it fuses), in the
 * order of {@code CpuLayer}. All layers of a kind run this graph, one after the other: {@code cursor} counts them on the device.
 */
final class LayerGraph {
    private LayerGraph() {
    }

    /** @param a own to the chain already, as the rows of the pool are */
    static void describe(
            Steps steps, ModelConfig config, LayerWeightsOnDevice w, StageArrays a, KvPool pool, KernelForms forms) {
        float eps = config.normEps();
        ProductSteps products = new ProductSteps(steps, a.cursor, pool.layers, forms);
        steps.own(w.attnNorm, w.qkvBias, w.ffnNorm);

        products.normedBiased("attn_norm_qkv", w.qkv, a.x, w.attnNorm, w.qkvBias, a.qkv, 0, eps);

        // rope, attention
        new AttentionSteps(config, a, pool).describe(steps, forms);

        products.add("attn_out", w.attnOut, a.attended, a.x, Role.CURRENT_LAYER);

        if (w.mixture != null) {
            new MixtureSteps(steps, config, w, a, pool.layers, forms).describe();
            return;
        }

        products.normed("ffn_norm_gate_up", w.gateUp, a.x, w.ffnNorm, a.gated, Role.CURRENT_LAYER, eps);

        products.add("ffn_down", w.down, a.gated, a.x, Role.CURRENT_LAYER);
    }
}
