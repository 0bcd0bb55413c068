package dev.qyclone.engine.stage;

/**
 * A run of neighbouring layers on one device. It owns its weights and scratch there; what belongs to one conversation is
 * in the {@link StageCache} that it opens, so that several sessions can share a stage, one call at a time.
 */
public interface LayerStage extends AutoCloseable {
    Device device();

    /** Index of its first layer in the model. */
    int firstLayer();

    /** How many layers it runs. */
    int layerCount();

    /** Keys and values of one session for these layers. */
    StageCache openCache(CacheSpec spec);

    /**
     * Runs all layers over {@code x} in place; prefill and decode are the same call with many rows or one.
     *
     * @param cache opened by this stage; rows [position, position + x.tokens()) are written
     * @param position position of the first row; equal to the rows the cache holds
     * @throws dev.qyclone.engine.error.EngineException NON_FINITE naming the layer, if NaN or infinity appears
     */
    void forward(StageCache cache, HiddenStates x, int position);

    @Override
    void close();
}
