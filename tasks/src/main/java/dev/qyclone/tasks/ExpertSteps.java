package dev.qyclone.tasks;

import dev.qyclone.tasks.kernels.Elements;
import dev.qyclone.tasks.kernels.ExpertGroupProducts;
import dev.qyclone.tasks.kernels.ExpertProducts;
import dev.qyclone.tasks.kernels.MixtureKernels;
import dev.qyclone.tasks.kernels.PackedMatrix;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Products of a batch's tokens with the experts that they chose, as steps of a graph: one for all experts of a layer.
 *
 * @param ranges which of the order's entries are each expert's, as {@link MixtureKernels#sort} makes them
 * @param order as it makes it
 * @param panels (STRIPES, cols, lanes), where items decode weights
 */
record ExpertSteps(Steps steps, ProductSteps.Form form, IntArray ranges, IntArray order, FloatArray panels, int experts) {
    /** Items that share the work where each has a stripe of floats: enough for any CPU's threads. */
    static final int STRIPES = 256;

    /** Most items of a group that share a row. */
    private static final int MOST_PARTS = 4;

    /**
     * out = matrix of the choice's expert · x for each choice of the batch.
     *
     * @param weights (layers · experts, rows, cols)
     * @param x (tokens or choices, cols)
     * @param source the cell of the order that tells which
     * @param out (choices, width)
     * @param outAt column where the rows' results begin
     */
    void product(String step, PackedMatrix weights, FloatArray x, int source, FloatArray out, int outAt, int width) {
        steps.own(weights.words(), weights.scales());
        switch (form) {
            case LANES -> lanes(step, weights, x, source, out, outAt, width);
            case GROUPS -> groups(step, weights, x, source, out, outAt, width);
            case ROWS -> throw new IllegalStateException("kernels for FPGAs take tokens one by one");
        }
    }

    private void lanes(String step, PackedMatrix m, FloatArray x, int source, FloatArray out, int outAt, int width) {
        // Items are few and long: groups of one spread them over a device's processors.
        steps.overGroups(step, STRIPES, 1, (graph, task) -> {
            switch (m.type()) {
                case F32 -> graph.task(task, ExpertProducts::withFloats, ranges, order, x, m.words(), m.scales(),
                        panels, out, STRIPES, experts, m.rows(), m.cols(), m.format(), source, outAt, width);
                case F16 -> graph.task(task, ExpertProducts::withHalves, ranges, order, x, m.words(), m.scales(),
                        panels, out, STRIPES, experts, m.rows(), m.cols(), m.format(), source, outAt, width);
                case BF16 -> graph.task(task, ExpertProducts::withRelative, ranges, order, x, m.words(), m.scales(),
                        panels, out, STRIPES, experts, m.rows(), m.cols(), m.format(), source, outAt, width);
                case Q8_0 -> graph.task(task, ExpertProducts::withBytes, ranges, order, x, m.words(), m.scales(),
                        panels, out, STRIPES, experts, m.rows(), m.cols(), m.format(), source, outAt, width);
                case Q4_0, Q4_1, Q4_K -> graph.task(task, ExpertProducts::withNibbles, ranges, order, x, m.words(), m.scales(),
                        panels, out, STRIPES, experts, m.rows(), m.cols(), m.format(), source, outAt, width);
                case Q5_0, Q5_1, Q5_K, Q6_K -> graph.task(task, ExpertProducts::withWide, ranges, order, x, m.words(), m.scales(),
                        panels, out, STRIPES, experts, m.rows(), m.cols(), m.format(), source, outAt, width);
            }
        });
    }

    private void groups(String step, PackedMatrix m, FloatArray x, int source, FloatArray out, int outAt, int width) {
        int parts = Math.min(MOST_PARTS, Integer.highestOneBit(steps.groupLimit() / PackedMatrix.LANES));
        steps.overGroups(step, Math.multiplyExact(experts, m.groups()), PackedMatrix.LANES * parts, (graph, task) -> graph.task(task,
                ExpertGroupProducts::expertGroups, new KernelContext(), ranges, order, x, m.words(), m.scales(), out, parts, m.rows(),
                m.cols(), Elements.kind(m.type()), m.format(), source, outAt, width));
    }
}
