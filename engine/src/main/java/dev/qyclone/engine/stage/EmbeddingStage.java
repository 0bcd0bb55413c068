package dev.qyclone.engine.stage;

/** Token ids to hidden states. Unlike the other stages it waits for no turn on its device: several sessions look ids up at once. */
public interface EmbeddingStage extends AutoCloseable {
    Device device();

    /** Fills row t of {@code x} with the embedding of {@code ids[from + t]} for t in [0, x.tokens()); safe to be called by many threads. */
    void forward(int[] ids, int from, HiddenStates x);

    @Override
    void close();
}
