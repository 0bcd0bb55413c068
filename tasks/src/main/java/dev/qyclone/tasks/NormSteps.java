package dev.qyclone.tasks;

import dev.qyclone.tasks.kernels.BatchKernels;
import dev.qyclone.tasks.kernels.GroupNorm;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Norms of many rows, as steps of a graph.
 *
 * @param form that products of single tokens run in: where these have work-groups, so has a row
 * @param rows that activations have room for
 */
record NormSteps(Steps steps, ProductSteps.Form form, IntArray call, IntArray cursor, IntArray layers, int rows) {
    /**
     * out = x / sqrt(mean(x²) + eps) · norm, row by row.
     *
     * @param cell of the cursor that tells the layer
     * @param norm (layers, cols)
     */
    void norm(String step, int cell, FloatArray x, FloatArray norm, FloatArray out, int cols, float eps) {
        steps.own(norm);
        switch (form) {
            case LANES, ROWS -> steps.overItems(step, rows, (graph, task) -> graph.task(task, BatchKernels::normRows, call, cursor, cell,
                    layers, x, norm, out, rows, cols, eps));
            case GROUPS -> steps.overGroups(step, rows, Integer.highestOneBit(steps.groupLimit()), (graph, task) -> graph.task(task,
                    GroupNorm::normGroups, new KernelContext(), call, cursor, cell, layers, x, norm, out, cols, eps));
        }
    }
}
