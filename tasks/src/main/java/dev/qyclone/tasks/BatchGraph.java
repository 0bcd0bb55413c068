package dev.qyclone.tasks;

import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.tasks.kernels.BatchKernels;
import dev.qyclone.tasks.kernels.Cursor;
import dev.qyclone.tasks.kernels.PanelProducts;
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
    private final BatchArrays b;
    private final IntArray layers;

    private BatchGraph(Steps steps, ModelConfig config, LayerWeightsOnDevice w, StageArrays a, BatchArrays b, IntArray layers) {
        this.steps = steps;
        this.config = config;
        this.w = w;
        this.a = a;
        this.b = b;
        this.layers = layers;
    }

    /** @param w own to the chain already, as a, b and the rows of the pool are */
    static void describe(
            Steps steps, ModelConfig config, LayerWeightsOnDevice w, StageArrays a, BatchArrays b, KvPool pool, KernelForms forms) {
        new BatchGraph(steps, config, w, a, b, pool.layers).describe(pool, forms);
    }

    private void describe(KvPool pool, KernelForms forms) {
        norm("attn_norm", Cursor.NEXT, w.attnNorm);
        product("qkv", Cursor.NEXT, b.normed, w.qkv, w.qkvBias, a.qkv, PanelProducts.BIAS);

        // rope, attention
        new AttentionSteps(config, a, pool).describe(steps, forms.attention());

        product("attn_out", Cursor.CURRENT, a.attended, w.attnOut, w.qkvBias, a.x, PanelProducts.ADD);

        norm("ffn_norm", Cursor.CURRENT, w.ffnNorm);
        gateUp();

        product("ffn_down", Cursor.CURRENT, a.gated, w.down, w.qkvBias, a.x, PanelProducts.ADD);
    }

    private void norm(String step, int cell, FloatArray norm) {
        steps.overItems(step, a.tokens, (graph, task) -> graph.task(task, BatchKernels::normRows, a.call, a.cursor, cell, layers, a.x, norm,
                b.normed, a.tokens, config.dim(), config.normEps()));
    }

    private void gateUp() {
        int padded = BatchArrays.padded(w.gateUp.rows());
        boolean sliced = panels("gate_up", Cursor.CURRENT, w.gateUp);
        panelProduct("gate_up", Cursor.CURRENT, b.normed, panelsOf(w.gateUp, sliced), sliced, w.qkvBias, b.sums, PanelProducts.SET,
                padded, config.dim());
        int items = Math.multiplyExact(a.tokens, config.ffnDim());
        steps.overItems("swiglu", items, (graph, task) -> graph.task(task, BatchKernels::swiGlu, a.call, b.sums, a.gated, items,
                config.ffnDim(), padded));
    }

    private void product(String step, int cell, FloatArray x, StackedMatrix weights, FloatArray bias, FloatArray out, int mode) {
        int rows = weights.rows();
        int padded = BatchArrays.padded(rows);
        boolean sliced = panels(step, cell, weights);
        FloatArray panels = panelsOf(weights, sliced);
        if (padded == rows) {
            panelProduct(step, cell, x, panels, sliced, bias, out, mode, rows, weights.cols());
            return;
        }
        panelProduct(step, cell, x, panels, sliced, bias, b.sums, PanelProducts.SET, padded, weights.cols());
        int elements = Math.multiplyExact(a.tokens, rows);
        steps.overItems(step + "_keep", elements, (graph, task) -> graph.task(task, BatchKernels::keepSums, a.call, a.cursor, cell, layers,
                b.sums, bias, out, mode, elements, rows, padded));
    }

    /** Makes the panels, and says whether the weights are panels of all layers already. */
    private boolean panels(String step, int cell, StackedMatrix weights) {
        if (BatchArrays.arePanels(weights)) {
            return true;
        }
        for (int i = 0; i < weights.parts().size(); i++) {
            new PanelSteps(steps, a.cursor, cell, layers).fill(step + "_panels" + i, weights.parts().get(i), b.panels);
        }
        return false;
    }

    private FloatArray panelsOf(StackedMatrix weights, boolean sliced) {
        return sliced ? weights.parts().getFirst().matrix().scales() : b.panels;
    }

    private void panelProduct(
            String step, int cell, FloatArray x, FloatArray panels, boolean sliced, FloatArray bias, FloatArray out, int mode, int rows,
            int cols) {
        int items = PanelProducts.items(rows, a.tokens);
        steps.overItems(step, items, (graph, task) -> graph.task(task, PanelProducts::product, a.call, a.cursor, cell, layers, x, panels,
                sliced ? 1 : 0, bias, out, mode, items, a.tokens, rows, cols));
    }
}
