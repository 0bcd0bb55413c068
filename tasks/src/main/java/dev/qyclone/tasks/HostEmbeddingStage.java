package dev.qyclone.tasks;

import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.EmbeddingStage;
import dev.qyclone.engine.stage.HiddenStates;
import dev.qyclone.engine.tensor.Tensor;

/**
 * Looks rows up where the file is mapped: one row a token crosses to the device either way, and the matrix needs no room there.
 */
record HostEmbeddingStage(Device device, Tensor embedding) implements EmbeddingStage {
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
