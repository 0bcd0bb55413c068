package dev.qyclone.tasks;

import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.tasks.kernels.Cursor;
import dev.qyclone.tasks.kernels.PanelProducts;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * One transformer layer for calls of many tokens, the same steps as {@link LayerGraph}.
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

    /** @param a own to the chain already, as b and the rows of the pool are */
    static void describe(
            Steps steps, ModelConfig config, LayerWeightsOnDevice w, StageArrays a, BatchArrays b, KvPool pool, KernelForms forms) {
        new BatchGraph(steps, config, w, a, b, pool.layers).describe(pool, forms);
    }

    private void describe(KvPool pool, KernelForms forms) {
        BatchProducts products = forms.tiles() == null ? new BatchPanels(steps, config, a, b, layers, w.qkvBias)
                : new BatchTiles(new TileSteps(steps, forms.tiles(), a.call, a.cursor, layers, a.tokens), b.normed, a.gated, w.qkvBias);
        NormSteps norms = new NormSteps(steps, forms.products(), a.call, a.cursor, layers, a.tokens);

        norms.norm("attn_norm", Cursor.NEXT, a.x, w.attnNorm, b.normed, config.dim(), config.normEps());
        products.product("qkv", Cursor.NEXT, b.normed, w.qkv, w.qkvBias, a.qkv, PanelProducts.BIAS);

        // rope, attention
        new AttentionSteps(config, a, pool).describe(steps, forms);

        products.product("attn_out", Cursor.CURRENT, a.attended, w.attnOut, w.qkvBias, a.x, PanelProducts.ADD);

        norms.norm("ffn_norm", Cursor.CURRENT, a.x, w.ffnNorm, b.normed, config.dim(), config.normEps());
        if (w.mixture != null) {
            new BatchMixture(steps, config, w, a, b, layers, forms.products()).describe(products);
            return;
        }
        products.gateUp("gate_up", "swiglu", w.gateUp, config.ffnDim());

        products.product("ffn_down", Cursor.CURRENT, a.gated, w.down, w.qkvBias, a.x, PanelProducts.ADD);
    }
}
