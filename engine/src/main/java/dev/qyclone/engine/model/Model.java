package dev.qyclone.engine.model;

import dev.qyclone.engine.tensor.Tensor;
import java.util.List;

/**
 * A model's configuration and weights: immutable, memory-mapped, shared by all sessions. Closing it ends every tensor's life.
 *
 * @param tokenEmbedding (vocab, dim)
 * @param outputNorm (dim)
 * @param output (vocab, dim); the token embedding where the head is tied
 */
public record Model(
        ModelSource source, ModelConfig config, Tensor tokenEmbedding, List<LayerWeights> layers, Tensor outputNorm, Tensor output)
        implements AutoCloseable {

    public Model {
        layers = List.copyOf(layers);
    }

    /** The same weights with other attention: what a file does not say, or a user wants otherwise. Both share the source. */
    public Model withAttention(AttentionConfig attention) {
        return new Model(source, config.withAttention(attention), tokenEmbedding, layers, outputNorm, output);
    }

    /** The same weights for more or fewer positions than the files say. Both share the source. */
    public Model withContext(int positions) {
        return new Model(source, config.withContext(positions), tokenEmbedding, layers, outputNorm, output);
    }

    /** True where the embedding serves as output matrix too. */
    public boolean tied() {
        return output == tokenEmbedding;
    }

    @Override
    public void close() {
        source.close();
    }
}
