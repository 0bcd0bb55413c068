package dev.qyclone.engine.model;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;

/**
 * The sizes and constants of a model; the glossary of the whole project. Weights are (rows = out, cols = in).
 *
 * @param dim width of the hidden state
 * @param layers number of transformer layers
 * @param heads query heads
 * @param kvHeads key and value heads; query head h reads key head h / (heads / kvHeads)
 * @param headDim width of one head, even
 * @param ffnDim width of the feed-forward's inner state
 * @param vocab rows of the embedding and of the output matrix, padding included
 * @param context positions that the model was made for
 * @param normEps added under RMSNorm's square root
 * @param ropeBase base of the rotary frequencies
 * @param attention what attention does beyond the plain form
 * @param mixture the sizes of the mixture of experts; {@link MixtureConfig#NONE} in a dense model
 */
public record ModelConfig(
        Architecture architecture, int dim, int layers, int heads, int kvHeads, int headDim, int ffnDim, int vocab, int context,
        float normEps, double ropeBase, AttentionConfig attention, MixtureConfig mixture) {

    public ModelConfig {
        requirePositive("dim", dim);
        requirePositive("layers", layers);
        requirePositive("heads", heads);
        requirePositive("kvHeads", kvHeads);
        requirePositive("headDim", headDim);
        requirePositive("ffnDim", ffnDim);
        requirePositive("vocab", vocab);
        requirePositive("context", context);
        require(heads % kvHeads == 0, "heads", "a multiple of kvHeads " + kvHeads, heads);
        require(headDim % 2 == 0, "headDim", "an even number", headDim);
        require((long) heads * headDim <= Integer.MAX_VALUE, "heads", "heads · headDim below 2^31", heads);
        require(normEps > 0 && normEps < 1, "normEps", "a small positive number", normEps);
        require(attention.windows().isEmpty() || attention.windows().size() == layers, "number of attention windows",
                "none, or one for each of " + layers + " layers", attention.windows().size());
        boolean ntk = attention.scaling() instanceof RopeScaling.DynamicNtk;
        require(!ntk || headDim > 2, "headDim", "more than 2 with dynamic NTK", headDim);
        require(ropeBase > 1 && ropeBase < 1e12, "ropeBase", "a number above 1", ropeBase);
    }

    /** Width of all query heads together. */
    public int qDim() {
        return heads * headDim;
    }

    /** Width of all key heads together, and of all value heads. */
    public int kvDim() {
        return kvHeads * headDim;
    }

    /** The same model with other attention. */
    public ModelConfig withAttention(AttentionConfig other) {
        return new ModelConfig(
                architecture, dim, layers, heads, kvHeads, headDim, ffnDim, vocab, context, normEps, ropeBase, other, mixture);
    }

    /** The same model for more or fewer positions. */
    public ModelConfig withContext(int positions) {
        return new ModelConfig(
                architecture, dim, layers, heads, kvHeads, headDim, ffnDim, vocab, positions, normEps, ropeBase, attention, mixture);
    }

    private static void requirePositive(String name, int value) {
        require(value > 0, name, "a positive number", value);
    }

    private static void require(boolean condition, String name, String expected, Object got) {
        if (!condition) {
            throw new EngineException(ErrorCode.BAD_MODEL, "the model's configuration has an impossible " + name)
                    .expected(expected).got(got);
        }
    }
}
