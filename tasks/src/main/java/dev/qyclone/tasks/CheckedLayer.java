package dev.qyclone.tasks;

import dev.qyclone.engine.model.LayerWeights;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.stage.AttentionPolicy;
import dev.qyclone.engine.stage.StageOptions;

/**
 * A layer of an opened stage that is to be checked; no session has begun there.
 *
 * @param policy that calls come with, and the reference goes by
 * @param options that the stage was opened with
 * @param index of the layer in the stage
 * @param pool the rows of the stage
 * @param moves how rows get there from the host
 */
record CheckedLayer(ModelConfig config, LayerWeights weights, AttentionPolicy policy, StageOptions options, int index, CallPath prefill,
        CallPath decode, KvPool pool, KvMoves moves) {
    /** The slot farthest from the beginning of the pool. */
    int lastSlot() {
        return options.sessions() - 1;
    }
}
