package dev.qyclone.tasks;

import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.tasks.kernels.BatchKernels;
import dev.qyclone.tasks.kernels.Cursor;
import dev.qyclone.tasks.kernels.PanelProducts;
import java.util.stream.IntStream;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * One transformer layer for calls of many tokens, the same steps as {@link LayerGraph}. Each matrix becomes panels of floats in one
 * working array before its product, so that a product reads any type of weight once a call and is itself the same for all types.
 */
final class BatchGraph {
    private final Steps steps;
    private final ModelConfig config;
    private final LayerWeightsOnDevice w;
    private final StageArrays a;
    private final IntArray layers;
    private final FloatArray panels;
    private final FloatArray normed; // (tokens, dim)
    private final FloatArray up; // (tokens, ffnDim)
    private final FloatArray sums; // (tokens, rows of the largest matrix whose rows are no multiple of a panel's, padded)

    private BatchGraph(Steps steps, ModelConfig config, LayerWeightsOnDevice w, StageArrays a, IntArray layers) {
        this.steps = steps;
        this.config = config;
        this.w = w;
        this.a = a;
        this.layers = layers;
        this.panels = new FloatArray(IntStream.of(panelFloats(config.qDim() + 2 * config.kvDim(), config.dim()),
                panelFloats(config.dim(), config.qDim()), panelFloats(config.ffnDim(), config.dim()),
                panelFloats(config.dim(), config.ffnDim())).max().orElseThrow());
        this.normed = new FloatArray(Math.multiplyExact(a.tokens, config.dim()));
        int widest = IntStream.of(config.qDim() + 2 * config.kvDim(), config.dim(), config.ffnDim())
                .filter(rows -> rows % PanelProducts.LANES != 0).max().orElse(0);
        this.sums = new FloatArray(Math.max(1, Math.multiplyExact(a.tokens, PanelProducts.panels(widest) * PanelProducts.LANES)));
        this.up = new FloatArray(Math.multiplyExact(a.tokens, config.ffnDim()));
    }

    private static int panelFloats(int rows, int cols) {
        return Math.multiplyExact(PanelProducts.panels(rows) * PanelProducts.LANES, cols);
    }

    /** @param w own to the chain already, as the rows of the pool are */
    static void describe(Steps steps, ModelConfig config, LayerWeightsOnDevice w, StageArrays a, KvPool pool) {
        new BatchGraph(steps, config, w, a, pool.layers).describe(pool);
    }

    private void describe(KvPool pool) {
        int qkvRows = config.qDim() + 2 * config.kvDim();
        steps.own(a.qkv, a.turned, a.attended, a.gated, panels, normed, up, sums);

        norm("attn_norm", Cursor.NEXT, w.attnNorm);
        product("qkv", Cursor.NEXT, normed, w.qkv, w.qkvBias, a.qkv, PanelProducts.BIAS, qkvRows, config.dim());

        // rope, attention
        new AttentionSteps(config, a, pool).describe(steps, AttentionSteps.Form.LANES);

        product("attn_out", Cursor.CURRENT, a.attended, w.attnOut, w.qkvBias, a.x, PanelProducts.ADD, config.dim(), config.qDim());

        norm("ffn_norm", Cursor.CURRENT, w.ffnNorm);
        product("gate", Cursor.CURRENT, normed, w.gate, w.qkvBias, a.gated, PanelProducts.SET, config.ffnDim(), config.dim());
        product("up", Cursor.CURRENT, normed, w.up, w.qkvBias, up, PanelProducts.SET, config.ffnDim(), config.dim());
        int items = Math.multiplyExact(a.tokens, config.ffnDim());
        steps.overItems("swiglu", items, (graph, task) -> graph.task(task, BatchKernels::swiGlu, a.call, a.gated, up, items,
                config.ffnDim()));

        product("ffn_down", Cursor.CURRENT, a.gated, w.down, w.qkvBias, a.x, PanelProducts.ADD, config.dim(), config.ffnDim());
    }

    private void norm(String step, int cell, FloatArray norm) {
        steps.overItems(step, a.tokens, (graph, task) -> graph.task(task, BatchKernels::normRows, a.call, a.cursor, cell, layers, a.x, norm,
                normed, a.tokens, config.dim(), config.normEps()));
    }

    private void product(
            String step, int cell, FloatArray x, FloatArray weights, FloatArray bias, FloatArray out, int mode, int rows, int cols) {
        int columns = PanelProducts.panels(rows) * cols;
        steps.overItems(step + "_panels", columns, (graph, task) -> graph.task(task, BatchKernels::panelsOfRows, a.cursor, cell, layers,
                weights, panels, columns, rows, cols));
        int padded = PanelProducts.panels(rows) * PanelProducts.LANES;
        if (padded == rows) {
            panelProduct(step, cell, x, bias, out, mode, rows, cols);
            return;
        }
        panelProduct(step, cell, x, bias, sums, PanelProducts.SET, padded, cols);
        int elements = Math.multiplyExact(a.tokens, rows);
        steps.overItems(step + "_keep", elements, (graph, task) -> graph.task(task, BatchKernels::keepSums, a.call, a.cursor, cell, layers,
                sums, bias, out, mode, elements, rows, padded));
    }

    private void panelProduct(String step, int cell, FloatArray x, FloatArray bias, FloatArray out, int mode, int rows, int cols) {
        int items = PanelProducts.items(rows, a.tokens);
        steps.overItems(step, items, (graph, task) -> graph.task(task, PanelProducts::product, a.call, a.cursor, cell, layers, x, panels, 0,
                bias, out, mode, items, a.tokens, rows, cols));
    }
}
