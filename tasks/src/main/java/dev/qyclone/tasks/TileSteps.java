package dev.qyclone.tasks;

import dev.qyclone.tasks.kernels.Elements;
import dev.qyclone.tasks.kernels.PackedMatrix;
import dev.qyclone.tasks.kernels.Role;
import dev.qyclone.tasks.kernels.TileProducts;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Products of many tokens with matrices of any types as they are packed, as steps of a graph.
 *
 * @param tokens that rows of activations have room for
 */
record TileSteps(Steps steps, TileShape shape, IntArray call, IntArray cursor, IntArray layers, int tokens) {
    /**
     * out = weights · x, and what {@code role} of {@link Role} adds to it; one step for each type that the rows have.
     *
     * @param x (tokens, cols)
     * @param bias (layers, width)
     * @param out (tokens, width)
     */
    void product(String step, FloatArray x, StackedMatrix weights, FloatArray bias, FloatArray out, int width, int role) {
        steps.own(weights.arrays());
        for (int i = 0; i < weights.parts().size(); i++) {
            part(i == 0 ? step : step + "_" + (i + 1), x, weights.parts().get(i), bias, out, width, role);
        }
    }

    private void part(String step, FloatArray x, StackedMatrix.Part part, FloatArray bias, FloatArray out, int width, int role) {
        PackedMatrix m = part.matrix();
        int flags = role | part.role() | m.format() << Role.FORMAT_SHIFT;
        int bands = shape.bands(m.rows(), tokens, (flags & Role.GATED) != 0);
        steps.overGroups(step, shape.groups(m.rows(), tokens, bands), shape.items(), (graph, task) -> graph.task(task,
                TileProducts::tiles, new KernelContext(), call, cursor, layers, x, m.words(), m.scales(), bias, out,
                Elements.kind(m.type()), shape.tokenTiles(tokens), bands, m.rows(), m.cols(), part.firstRow(), width, flags));
    }
}
