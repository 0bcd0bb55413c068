package dev.qyclone.cli;

import dev.qyclone.engine.cpu.CpuBackend;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.Availability;
import dev.qyclone.engine.stage.Backend;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.CheckReport;
import dev.qyclone.engine.stage.CheckRequest;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.EmbeddingStage;
import dev.qyclone.engine.stage.LayerStage;
import dev.qyclone.engine.stage.OutputStage;
import dev.qyclone.engine.stage.StageOptions;
import java.util.List;

/** The host, on whose first device layers that keep copies of their weights find no memory. */
final class NoRoomForCopies implements Backend {
    private final Backend host = new CpuBackend.Provider().create(new BackendOptions(1));

    @Override
    public String name() {
        return host.name();
    }

    @Override
    public Availability availability() {
        return host.availability();
    }

    @Override
    public List<Device> devices() {
        return host.devices();
    }

    @Override
    public EmbeddingStage openEmbedding(Model model, Device device) {
        return host.openEmbedding(model, device);
    }

    @Override
    public LayerStage openLayers(Model model, Device device, int firstLayer, int count, StageOptions options) {
        if (device.id().equals(CpuBackend.CPU) && options.repack()) {
            throw new EngineException(ErrorCode.OUT_OF_MEMORY, "no room for copies");
        }
        return host.openLayers(model, device, firstLayer, count, options);
    }

    @Override
    public OutputStage openOutput(Model model, Device device, StageOptions options) {
        return host.openOutput(model, device, options);
    }

    @Override
    public CheckReport check(Device device, CheckRequest request) {
        return host.check(device, request);
    }

    @Override
    public void close() {
        host.close();
    }
}
