package dev.qyclone.cli;

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

/** A backend that fails as soon as anybody asks for its devices. */
final class Untouchable implements Backend {
    @Override
    public String name() {
        return "slow";
    }

    @Override
    public Availability availability() {
        throw asked();
    }

    @Override
    public List<Device> devices() {
        throw asked();
    }

    @Override
    public EmbeddingStage openEmbedding(Model model, Device device) {
        throw asked();
    }

    @Override
    public LayerStage openLayers(Model model, Device device, int firstLayer, int count, StageOptions options) {
        throw asked();
    }

    @Override
    public OutputStage openOutput(Model model, Device device, StageOptions options) {
        throw asked();
    }

    @Override
    public CheckReport check(Device device, CheckRequest request) {
        throw asked();
    }

    private static IllegalStateException asked() {
        return new IllegalStateException("the slow backend was asked");
    }

    @Override
    public void close() {
    }
}
