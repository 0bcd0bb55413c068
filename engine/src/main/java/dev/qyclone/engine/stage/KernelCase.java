package dev.qyclone.engine.stage;

import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.tensor.TensorType;

/**
 * A kernel of a device at a model's sizes, to be measured by itself.
 *
 * @param shape of the model
 * @param type of weights, where there are any
 * @param tokens rows of a norm's or a layer's input; the other kernels take one
 * @param depth positions that attention sees, its own included
 */
public record KernelCase(Kind kind, ModelConfig shape, TensorType type, KernelFamily family, int tokens, int depth) {
    /** Which kernel. */
    public enum Kind {
        /** A copy of a large array: the device's memory. */
        COPY,
        /** Multiplications and additions in registers: the device's peak. */
        MULTIPLY_ADD,
        /** (ffnDim, dim) times a vector. */
        PRODUCT,
        /** One token's attention over F32 keys and values. */
        ATTENTION,
        /** Root mean square norm. */
        NORM,
        /** One whole layer. */
        LAYER
    }

    public KernelCase {
        if (tokens < 1 || depth < 1) {
            throw new IllegalArgumentException("tokens " + tokens + " < 1 or depth " + depth + " < 1");
        }
    }
}
