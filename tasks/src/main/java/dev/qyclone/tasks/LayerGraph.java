package dev.qyclone.tasks;

import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.tasks.kernels.StepKernels;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * One transformer layer as a task graph; the steps are named as every backend names them (a fused step after what it fuses), in the
 * order of {@code CpuLayer}. All layers of a stage run this graph, one after the other: {@code cursor} counts them on the device.
 */
final class LayerGraph {
    private LayerGraph() {
    }

    /** @param w own to the chain already where another graph describes the same layers */
    static void describe(Steps steps, ModelConfig config, LayerWeightsOnDevice w, StageArrays a, KvPool pool) {
        int qkvRows = config.qDim() + 2 * config.kvDim();
        IntArray layers = pool.layers;

        steps.own(w.attnNorm, w.qkv, w.qkvBias, w.attnOut, w.ffnNorm, w.gate, w.up, w.down, layers, pool.keys, pool.values,
                a.qkv, a.turned, a.attended, a.gated);

        steps.overItems("attn_norm_qkv", qkvRows, (graph, task) -> graph.task(task, StepKernels::normProduct,
                a.cursor, layers, a.x, w.attnNorm, w.qkv, w.qkvBias, a.qkv, qkvRows, config.dim(), config.normEps()));

        // rope, attention
        new AttentionSteps(config, a, pool).describe(steps, AttentionSteps.Form.LANES);

        steps.overItems("attn_out", config.dim(), (graph, task) -> graph.task(task, StepKernels::productAdd,
                a.cursor, layers, a.attended, w.attnOut, a.x, config.dim(), config.qDim()));

        steps.overItems("ffn_norm_gate_up", config.ffnDim(), (graph, task) -> graph.task(task, StepKernels::normGateUp,
                a.cursor, layers, a.x, w.ffnNorm, w.gate, w.up, a.gated, config.ffnDim(), config.dim(), config.normEps()));

        steps.overItems("ffn_down", config.dim(), (graph, task) -> graph.task(task, StepKernels::productAdd,
                a.cursor, layers, a.gated, w.down, a.x, config.dim(), config.ffnDim()));
    }
}
