package dev.qyclone.tasks;

import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** Products of many tokens with one matrix, as steps of a graph, in the form that suits a device. */
interface BatchProducts {
    /**
     * a.gated = silu(gate · b.normed) · (up · b.normed); {@code width} gates and as many ups.
     *
     * @param swiGlu name of the step that activates, where that is one of its own
     */
    void gateUp(String step, String swiGlu, StackedMatrix weights, int width);

    /**
     * out = weights · x, and what {@code mode} of {@link dev.qyclone.tasks.kernels.PanelProducts} adds to it.
     *
     * @param cell of the cursor that tells the layer
     * @param bias (layers, rows); any array for products without a bias, which read nothing of it
     * @param out (tokens, rows)
     */
    void product(String step, int cell, FloatArray x, StackedMatrix weights, FloatArray bias, FloatArray out, int mode);
}
