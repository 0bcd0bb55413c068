package dev.qyclone.engine.cpu;

import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.EmbeddingStage;
import dev.qyclone.engine.stage.HiddenStates;
import dev.qyclone.engine.tensor.Tensor;

/** Looks rows up in the embedding matrix where the file is mapped. */
final class CpuEmbeddingStage implements EmbeddingStage {
    private final Device device;
    private final Tensor embedding; // (vocab, dim)

    CpuEmbeddingStage(Device device, Tensor embedding) {
        this.device = device;
        this.embedding = embedding;
    }

    @Override
    public Device device() {
        return device;
    }

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
