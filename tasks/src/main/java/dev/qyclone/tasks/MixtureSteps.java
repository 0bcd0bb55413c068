package dev.qyclone.tasks;

import dev.qyclone.engine.model.MixtureConfig;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.tasks.kernels.BatchKernels;
import dev.qyclone.tasks.kernels.Cursor;
import dev.qyclone.tasks.kernels.MixtureKernels;
import dev.qyclone.tasks.kernels.Role;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The second half of a layer with a mixture of experts, for one token: the router's scores, its choice, then each chosen expert by the
 * same product kernels as dense layers, whose cursor points to it; then the expert that all tokens share.
 */
final class MixtureSteps {
    private final Steps steps;
    private final ModelConfig config;
    private final LayerWeightsOnDevice w;
    private final StageArrays a;
    private final IntArray layers;
    private final KernelForms forms;
    private final FloatArray normed; // (dim)
    private final FloatArray scores; // (experts)
    private final IntArray picked; // (used)
    private final FloatArray shares; // (used)
    private final IntArray expert = new IntArray(Cursor.INTS);
    private final FloatArray sharedScore = new FloatArray(1);

    MixtureSteps(Steps steps, ModelConfig config, LayerWeightsOnDevice w, StageArrays a, IntArray layers, KernelForms forms) {
        this.steps = steps;
        this.config = config;
        this.w = w;
        this.a = a;
        this.layers = layers;
        this.forms = forms;
        MixtureConfig sizes = config.mixture();
        this.normed = new FloatArray(config.dim());
        this.scores = new FloatArray(sizes.experts());
        this.picked = new IntArray(sizes.used());
        this.shares = new FloatArray(sizes.used());
    }

    void describe() {
        MixtureConfig sizes = config.mixture();
        ProductSteps products = new ProductSteps(steps, a.cursor, layers, forms);
        ProductSteps experts = new ProductSteps(steps, expert, w.mixture.places(), forms);
        steps.own(w.mixture.places(), normed, scores, picked, shares, expert, sharedScore);

        steps.overItems("ffn_norm", 1, (graph, task) -> graph.task(task, BatchKernels::normRows, a.call, a.cursor, Cursor.CURRENT, layers,
                a.x, w.ffnNorm, normed, 1, config.dim(), config.normEps()));

        products.set("router", w.mixture.router(), normed, scores, Role.CURRENT_LAYER);
        steps.overItems("choose", 1, (graph, task) -> graph.task(task, MixtureKernels::choose, a.call, a.cursor, layers, scores, picked,
                shares, 1, sizes.experts(), sizes.used(), sizes.normalized() ? 1 : 0));

        for (int i = 0; i < sizes.used(); i++) {
            int choice = i;
            steps.overItems("pick_" + i, Cursor.INTS, (graph, task) -> graph.task(task, MixtureKernels::pick, picked, expert, choice));
            experts.set("expert_gate_up_" + i, w.mixture.gateUp(), normed, a.gated, 0);
            steps.overItems("weigh_" + i, sizes.expertDim(), (graph, task) -> graph.task(task, MixtureKernels::weigh, a.gated, shares,
                    choice, sizes.expertDim(), sizes.expertDim()));
            experts.add("expert_down_" + i, w.mixture.down(), a.gated, a.x, 0);
        }

        products.set("shared_gate_up", w.gateUp, normed, a.gated, Role.CURRENT_LAYER);
        products.set("shared_score", w.mixture.sharedGate(), normed, sharedScore, Role.CURRENT_LAYER);
        steps.overItems("shared_weigh", sizes.sharedDim(), (graph, task) -> graph.task(task, MixtureKernels::weighShared, a.gated,
                sharedScore, sizes.sharedDim(), sizes.sharedDim()));
        products.add("shared_down", w.down, a.gated, a.x, Role.CURRENT_LAYER);
    }
}
