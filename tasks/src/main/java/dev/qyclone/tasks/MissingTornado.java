package dev.qyclone.tasks;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.Availability;
import dev.qyclone.engine.stage.Backend;
import dev.qyclone.engine.stage.CheckReport;
import dev.qyclone.engine.stage.CheckRequest;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.EmbeddingStage;
import dev.qyclone.engine.stage.LayerStage;
import dev.qyclone.engine.stage.OutputStage;
import dev.qyclone.engine.stage.StageOptions;
import java.util.List;

/** The backend where TornadoVM cannot run: it has no devices and says why. */
record MissingTornado(Availability.Missing missing) implements Backend {
    @Override
    public String name() {
        return "tornado";
    }

    @Override
    public Availability availability() {
        return missing;
    }

    @Override
    public List<Device> devices() {
        return List.of();
    }

    @Override
    public EmbeddingStage openEmbedding(Model model, Device device) {
        throw refusal();
    }

    @Override
    public LayerStage openLayers(Model model, Device device, int firstLayer, int count, StageOptions options) {
        throw refusal();
    }

    @Override
    public OutputStage openOutput(Model model, Device device, StageOptions options) {
        throw refusal();
    }

    @Override
    public CheckReport check(Device device, CheckRequest request) {
        throw refusal();
    }

    private EngineException refusal() {
        return new EngineException(ErrorCode.DEVICE_UNAVAILABLE, missing.reason()).remedy(missing.remedy());
    }

    @Override
    public void close() {
    }
}
