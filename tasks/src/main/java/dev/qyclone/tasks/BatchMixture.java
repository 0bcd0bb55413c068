package dev.qyclone.tasks;

import dev.qyclone.engine.model.MixtureConfig;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.tasks.kernels.Cursor;
import dev.qyclone.tasks.kernels.MixtureKernels;
import dev.qyclone.tasks.kernels.PanelProducts;
import java.util.List;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The second half of a layer with a mixture of experts, for calls of many tokens: the router's choices are sorted by expert on the
 * device, then each expert's weights are read once for all its tokens. Every choice has a row of its own, and a token's are added up in
 * their order, so that equal calls give equal bits.
 */
record BatchMixture(
        Steps steps, ModelConfig config, LayerWeightsOnDevice w, StageArrays a, BatchArrays b, IntArray layers, ProductSteps.Form form) {

    /** The rows of {@code b.normed} go through the experts; what comes out is added to {@code a.x}. */
    void describe(BatchProducts products) {
        MixtureConfig sizes = config.mixture();
        MixtureArrays m = b.mixture;
        int choices = a.tokens * sizes.used();

        products.product("router", Cursor.CURRENT, b.normed, w.mixture.router(), w.qkvBias, m.scores, PanelProducts.SET);
        steps.overItems("choose", a.tokens, (graph, task) -> graph.task(task, MixtureKernels::choose, a.call, a.cursor, layers, m.scores,
                m.picked, m.shares, a.tokens, sizes.experts(), sizes.used(), sizes.normalized() ? 1 : 0));
        steps.overItems("choose_sort", sizes.experts(), (graph, task) -> graph.task(task, MixtureKernels::sort, a.call, a.cursor, layers,
                m.picked, m.ranges, m.order, sizes.experts(), sizes.used()));

        gateUp(choices, sizes);
        experts("expert_down", w.mixture.down().parts(), m.gated, MixtureKernels.CHOICE, m.chosen, 0,
                BatchArrays.padded(config.dim()));

        products.product("shared_score", Cursor.CURRENT, b.normed, w.mixture.sharedGate(), w.qkvBias, m.sharedScore, PanelProducts.SET);
        products.gateUp("shared_gate_up", "shared_swiglu", w.gateUp, sizes.sharedDim());
        products.product("shared_down", Cursor.CURRENT, a.gated, w.down, w.qkvBias, m.shared, PanelProducts.SET);

        int items = Math.multiplyExact(a.tokens, config.dim());
        steps.overItems("weigh", items, (graph, task) -> graph.task(task, MixtureKernels::addChoices, a.call, m.shares, m.chosen,
                m.sharedScore, m.shared, a.x, items, sizes.used(), config.dim(), BatchArrays.padded(config.dim())));
    }

    private void gateUp(int choices, MixtureConfig sizes) {
        MixtureArrays m = b.mixture;
        List<StackedMatrix.Part> parts = w.mixture.gateUp().parts();
        int half = BatchArrays.padded(sizes.expertDim());
        int ups = parts.size() == 1 ? 0 : half;
        int padded = parts.size() == 1 ? BatchArrays.padded(2 * sizes.expertDim()) : 2 * half;
        experts("expert_gate_up", parts, b.normed, MixtureKernels.TOKEN, m.sums, half, padded);
        int items = Math.multiplyExact(choices, sizes.expertDim());
        steps.overItems("expert_swiglu", items, (graph, task) -> graph.task(task, MixtureKernels::gateChoices, a.call, m.sums, m.gated,
                items, sizes.used(), sizes.expertDim(), padded, ups));
    }

    /** @param apart columns from one part's rows to the next one's */
    private void experts(String step, List<StackedMatrix.Part> parts, FloatArray x, int source, FloatArray out, int apart, int width) {
        ExpertSteps experts = new ExpertSteps(steps, form, b.mixture.ranges, b.mixture.order, b.mixture.panels,
                config.mixture().experts());
        for (int i = 0; i < parts.size(); i++) {
            experts.product(i == 0 ? step : step + "_" + (i + 1), parts.get(i).matrix(), x, source, out, i * apart, width);
        }
    }
}
