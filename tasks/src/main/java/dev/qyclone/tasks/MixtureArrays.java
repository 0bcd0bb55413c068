package dev.qyclone.tasks;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.MixtureConfig;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.tasks.kernels.MixtureKernels;
import dev.qyclone.tasks.kernels.PanelProducts;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** What the steps of a mixture of experts hand to each other in calls of many tokens. A choice is one of a token's experts. */
final class MixtureArrays {
    final FloatArray scores; // (tokens, experts)
    final IntArray picked; // (tokens, used)
    final FloatArray shares; // (tokens, used)
    final IntArray ranges; // (experts, RANGE)
    final IntArray order; // (choices, ORDER)
    final FloatArray panels; // (stripes, the larger of dim and expertDim, lanes); of the form that has them
    final FloatArray sums; // (choices, gates and ups, padded)
    final FloatArray gated; // (choices, expertDim)
    final FloatArray chosen; // (choices, dim, padded)
    final FloatArray sharedScore; // (tokens)
    final FloatArray shared; // (tokens, dim)

    MixtureArrays(ModelConfig config, int tokens, ProductSteps.Form form) {
        MixtureConfig sizes = config.mixture();
        long choices = (long) tokens * sizes.used();
        this.scores = floats(tokens, sizes.experts());
        this.picked = new IntArray(size(tokens, sizes.used()));
        this.shares = floats(tokens, sizes.used());
        this.ranges = new IntArray(size(sizes.experts(), MixtureKernels.RANGE));
        this.order = new IntArray(size(choices, MixtureKernels.ORDER));
        this.panels = switch (form) {
            case LANES -> floats(ExpertSteps.STRIPES * PanelProducts.LANES, Math.max(config.dim(), sizes.expertDim()));
            case GROUPS, ROWS -> new FloatArray(1);
        };
        this.sums = floats(choices, 2L * BatchArrays.padded(sizes.expertDim()));
        this.gated = floats(choices, sizes.expertDim());
        this.chosen = floats(choices, BatchArrays.padded(config.dim()));
        this.sharedScore = floats(tokens, 1);
        this.shared = floats(tokens, config.dim());
    }

    private static FloatArray floats(long rows, long width) {
        return new FloatArray(size(rows, width));
    }

    private static int size(long rows, long width) {
        if (rows * width > Integer.MAX_VALUE - Long.BYTES) {
            throw new EngineException(ErrorCode.OUT_OF_MEMORY, "what the experts' steps work with does not fit into one array")
                    .expected("at most " + Integer.MAX_VALUE + " elements").got(rows * width).remedy("give a smaller --chunk");
        }
        return Math.toIntExact(rows * width);
    }

    Object[] all() {
        return new Object[] {scores, picked, shares, ranges, order, panels, sums, gated, chosen, sharedScore, shared};
    }
}
