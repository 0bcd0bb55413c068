package dev.qyclone.engine.stage;

/** Final norm and output matrix. */
public interface OutputStage extends AutoCloseable {
    Device device();

    /** Logits (vocab) of one row of {@code x}. */
    void logits(HiddenStates x, int row, float[] logits);

    @Override
    void close();
}
