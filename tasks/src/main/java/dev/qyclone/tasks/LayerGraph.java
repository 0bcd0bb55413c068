package dev.qyclone.tasks;

import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.tasks.kernels.PlainAttention;
import dev.qyclone.tasks.kernels.RopeKernels;
import dev.qyclone.tasks.kernels.StepKernels;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

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
        int pairs = config.headDim() / 2;
        int turnItems = a.tokens * (config.heads() + config.kvHeads()) * pairs;
        float scale = (float) (1 / Math.sqrt(config.headDim()));
        IntArray layers = pool.layers;

        steps.own(w.attnNorm, w.qkv, w.qkvBias, w.attnOut, w.ffnNorm, w.gate, w.up, w.down, layers, pool.keys, pool.values,
                a.qkv, a.turned, a.attended, a.gated);

        steps.overItems("attn_norm_qkv", qkvRows, (graph, task) -> graph.task(task, StepKernels::normProduct,
                a.cursor, layers, a.x, w.attnNorm, w.qkv, w.qkvBias, a.qkv, qkvRows, config.dim(), config.normEps()));

        if (pool.keys instanceof FloatArray keys && pool.values instanceof FloatArray values) {
            steps.overItems("rope", turnItems, (graph, task) -> graph.task(task, RopeKernels::ropeAndKeep, a.call, a.cursor, layers,
                    a.angles, a.qkv, a.turned, keys, values, turnItems, a.tokens, config.heads(), config.kvHeads(), pairs, a.turns));

            steps.overItems("attention", a.tokens * config.heads(), (graph, task) -> graph.task(task, PlainAttention::attention, a.call,
                    a.cursor, layers, a.turned, keys, values, a.attended, a.tokens, config.heads(), config.kvHeads(), config.headDim(),
                    scale));
        } else if (pool.keys instanceof ShortArray keys && pool.values instanceof ShortArray values) {
            steps.overItems("rope", turnItems, (graph, task) -> graph.task(task, RopeKernels::ropeAndKeepHalves, a.call, a.cursor, layers,
                    a.angles, a.qkv, a.turned, keys, values, turnItems, a.tokens, config.heads(), config.kvHeads(), pairs, a.turns));

            steps.overItems("attention", a.tokens * config.heads(), (graph, task) -> graph.task(task, PlainAttention::attentionHalves,
                    a.call, a.cursor, layers, a.turned, keys, values, a.attended, a.tokens, config.heads(), config.kvHeads(),
                    config.headDim(), scale));
        }

        steps.overItems("attn_out", config.dim(), (graph, task) -> graph.task(task, StepKernels::productAdd,
                a.cursor, layers, a.attended, w.attnOut, a.x, config.dim(), config.qDim()));

        steps.overItems("ffn_norm_gate_up", config.ffnDim(), (graph, task) -> graph.task(task, StepKernels::normGateUp,
                a.cursor, layers, a.x, w.ffnNorm, w.gate, w.up, a.gated, config.ffnDim(), config.dim(), config.normEps()));

        steps.overItems("ffn_down", config.dim(), (graph, task) -> graph.task(task, StepKernels::productAdd,
                a.cursor, layers, a.gated, w.down, a.x, config.dim(), config.ffnDim()));
    }
}
