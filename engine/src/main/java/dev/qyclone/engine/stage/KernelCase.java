package dev.qyclone.engine.stage;

import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.tensor.TensorType;

/**
 * A kernel of a device at a model's sizes, to be measured by itself.
 *
 * @param shape of the model
 * @param type of weights, where there are any
 * @param kvType of keys and values, where there are any
 * @param tokens rows of a step's or a layer's input; the other kernels take one
 * @param depth positions that attention sees from the last row, its own included
 */
public record KernelCase(Kind kind, ModelConfig shape, TensorType type, KvType kvType, KernelFamily family, int tokens, int depth) {
    /** Which kernel. */
    public enum Kind {
        /** A copy of a large array: the device's memory. */
        COPY,
        /** Multiplications and additions in registers: the device's peak. */
        MULTIPLY_ADD,
        /** (ffnDim, dim) times a vector. */
        PRODUCT,
        /** Root mean square norm of rows. */
        NORM,
        /** Queries and keys turned by their angles; keys and values put into the cache. */
        ROPE,
        /** Attention to the rows so far. */
        ATTENTION,
        /** Gates and ups, as they are stored, written out as floats for a product with many tokens. */
        PANELS,
        /** Gates and ups, (2 ffnDim, dim), times many tokens; without {@link #PANELS}. */
        TOKENS_PRODUCT,
        /** silu(gate) · up of many tokens. */
        SWIGLU,
        /** A mixture's scores, (experts, dim) times each token, and the experts that it goes to; many tokens sorted by expert. */
        ROUTER,
        /** Each token through the experts of its choice. */
        EXPERTS,
        /** The final norm and (vocab, dim) times a vector. */
        LOGITS,
        /** The id of the largest logit. */
        LARGEST,
        /** One whole layer. */
        LAYER
    }

    public KernelCase {
        if (tokens < 1 || depth < 1) {
            throw new IllegalArgumentException("tokens " + tokens + " < 1 or depth " + depth + " < 1");
        }
    }

    /** Of some tokens without a past. */
    public KernelCase(Kind kind, ModelConfig shape, TensorType type, KernelFamily family, int tokens) {
        this(kind, shape, type, KvType.F32, family, tokens, tokens);
    }
}
