package dev.qyclone.engine.stage;

/** Final norm and output matrix. */
public interface OutputStage extends AutoCloseable {
    Device device();

    /** Logits (vocab) of one row of {@code x}. */
    void logits(HiddenStates x, int row, float[] logits);

    /**
     * Index of the largest logit of one row of {@code x}, the lowest one on a tie.
     *
     * @throws dev.qyclone.engine.error.EngineException NON_FINITE if a logit is NaN or infinite
     */
    int argmax(HiddenStates x, int row);

    @Override
    void close();
}
