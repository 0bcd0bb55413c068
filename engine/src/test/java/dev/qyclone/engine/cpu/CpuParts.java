package dev.qyclone.engine.cpu;

import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.ops.Ops;
import dev.qyclone.engine.stage.CheckReport;
import dev.qyclone.engine.stage.CheckRequest;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.EmbeddingStage;
import dev.qyclone.engine.stage.HostEmbeddingStage;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.LayerStage;
import dev.qyclone.engine.stage.OutputStage;
import dev.qyclone.engine.stage.StageOptions;

/** The host's stages over ops of the caller's choice, for backends that tests invent. */
public final class CpuParts {
    private CpuParts() {
    }

    public static EmbeddingStage embedding(Device device, Model model) {
        return new HostEmbeddingStage(device, model.tokenEmbedding());
    }

    /** Layers {@code [firstLayer, firstLayer + count)}. */
    public static LayerStage layers(Device device, Model model, Ops ops, int firstLayer, int count, KvType kvType) {
        return new CpuLayerStage(device, model, ops, firstLayer, count, StageOptions.DEFAULT.withKvType(kvType));
    }

    public static OutputStage output(Device device, Model model, Ops ops) {
        return new CpuOutputStage(device, model, ops, StageOptions.DEFAULT);
    }

    /** The host's self-check of {@code ops} against {@code reference}. */
    public static CheckReport check(Device device, Ops ops, Ops reference, CheckRequest request) {
        return new CheckReport(device, new CpuSelfCheck(ops, reference, request).rows());
    }
}
