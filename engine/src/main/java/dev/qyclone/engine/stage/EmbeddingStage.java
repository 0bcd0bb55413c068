package dev.qyclone.engine.stage;

/** Token ids to hidden states. */
public interface EmbeddingStage extends AutoCloseable {
    Device device();

    /** Fills row t of {@code x} with the embedding of {@code ids[from + t]} for t in [0, x.tokens()). */
    void forward(int[] ids, int from, HiddenStates x);

    @Override
    void close();
}
