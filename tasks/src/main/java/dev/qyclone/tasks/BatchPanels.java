package dev.qyclone.tasks;

import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.tasks.kernels.BatchKernels;
import dev.qyclone.tasks.kernels.Cursor;
import dev.qyclone.tasks.kernels.PanelProducts;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Products by panels, for CPUs. Each matrix becomes panels of floats in one working array before its product, so that a product reads any
 * type of weight once a call and is itself the same for all types.
 *
 * @param bias an array for products without a bias, which read nothing of it
 */
record BatchPanels(Steps steps, ModelConfig config, StageArrays a, BatchArrays b, IntArray layers, FloatArray bias)
        implements BatchProducts {
    /** The form, for the user. */
    static final String WORDS = "an item for " + PanelProducts.LANES + " rows and " + PanelProducts.TOKENS + " tokens";

    @Override
    public void gateUp(String step, String swiGlu, StackedMatrix weights, int width) {
        int padded = BatchArrays.padded(weights.rows());
        boolean sliced = panels(step, Cursor.CURRENT, weights);
        panelProduct(step, Cursor.CURRENT, b.normed, panelsOf(weights, sliced), sliced, bias, b.sums, PanelProducts.SET, padded,
                config.dim());
        int items = Math.multiplyExact(a.tokens, width);
        steps.overItems(swiGlu, items, (graph, task) -> graph.task(task, BatchKernels::swiGlu, a.call, b.sums, a.gated, items, width,
                padded));
    }

    @Override
    public void product(String step, int cell, FloatArray x, StackedMatrix weights, FloatArray bias, FloatArray out, int mode) {
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
            steps.own(panelsOf(weights, true));
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
        steps.own(bias);
        steps.overItems(step, items, (graph, task) -> graph.task(task, PanelProducts::product, a.call, a.cursor, cell, layers, x, panels,
                sliced ? 1 : 0, bias, out, mode, items, a.tokens, rows, cols));
    }
}
