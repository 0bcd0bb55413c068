package dev.qyclone.tasks;

import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.Availability;
import dev.qyclone.engine.stage.Backend;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.CheckReport;
import dev.qyclone.engine.stage.CheckRequest;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.EmbeddingStage;
import dev.qyclone.engine.stage.Launches;
import dev.qyclone.engine.stage.LayerStage;
import dev.qyclone.engine.stage.OutputStage;
import dev.qyclone.engine.stage.StageOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The backend as it is, for tests that look at the stages which it opens. */
final class WatchedBackend implements Backend {
    private final Backend backend = new TornadoProvider().create(BackendOptions.defaults());
    private final List<TornadoLayerStage> stages = new ArrayList<>();

    /** How many graphs the calls of all its layers have run. */
    long graphs() {
        return stages.stream().mapToLong(TornadoLayerStage::graphs).sum();
    }

    /** The stages of layers that were opened so far. */
    List<TornadoLayerStage> stages() {
        return stages;
    }

    @Override
    public String name() {
        return backend.name();
    }

    @Override
    public Availability availability() {
        return backend.availability();
    }

    @Override
    public List<Device> devices() {
        return backend.devices();
    }

    @Override
    public EmbeddingStage openEmbedding(Model model, Device device) {
        return backend.openEmbedding(model, device);
    }

    @Override
    public LayerStage openLayers(Model model, Device device, int firstLayer, int count, StageOptions options) {
        LayerStage stage = backend.openLayers(model, device, firstLayer, count, options);
        stages.add((TornadoLayerStage) stage);
        return stage;
    }

    @Override
    public OutputStage openOutput(Model model, Device device, StageOptions options) {
        return backend.openOutput(model, device, options);
    }

    @Override
    public CheckReport check(Device device, CheckRequest request) {
        return backend.check(device, request);
    }

    @Override
    public Optional<Launches> launches() {
        return backend.launches();
    }

    @Override
    public void timeKernels(boolean on) {
        backend.timeKernels(on);
    }

    @Override
    public void close() {
        backend.close();
    }
}
