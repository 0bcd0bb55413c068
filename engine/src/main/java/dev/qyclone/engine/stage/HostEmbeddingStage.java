package dev.qyclone.engine.stage;

import dev.qyclone.engine.tensor.Tensor;

/**
 * Looks rows up in the embedding matrix where the file is mapped, for any device: one row a token crosses to it either way, and the
 * matrix needs no room there. It keeps nothing between calls, so that any number of threads may call it.
 *
 * @param embedding (vocab, dim)
 */
public record HostEmbeddingStage(Device device, Tensor embedding) implements EmbeddingStage {
    @Override
    public void forward(int[] ids, int from, HiddenStates x) {
        for (int t = 0; t < x.tokens(); t++) {
            embedding.decodeRow(ids[from + t], x.data(), t * x.dim());
        }
    }

    @Override
    public void close() {
    }
}
