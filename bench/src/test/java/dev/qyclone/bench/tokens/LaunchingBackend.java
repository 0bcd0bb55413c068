package dev.qyclone.bench.tokens;

import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.Availability;
import dev.qyclone.engine.stage.Backend;
import dev.qyclone.engine.stage.CacheSpec;
import dev.qyclone.engine.stage.CheckReport;
import dev.qyclone.engine.stage.CheckRequest;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.EmbeddingStage;
import dev.qyclone.engine.stage.HiddenStates;
import dev.qyclone.engine.stage.Launches;
import dev.qyclone.engine.stage.LayerStage;
import dev.qyclone.engine.stage.OutputStage;
import dev.qyclone.engine.stage.StageCache;
import dev.qyclone.engine.stage.StageOptions;
import java.util.List;
import java.util.Optional;

/** The host as a device whose layers launch three kernels a call, of a nanosecond together where they are timed. */
final class LaunchingBackend implements Backend {
    static final int KERNELS = 3;

    private final Backend host;
    private final Device device;
    private boolean timed;
    private Launches launches = new Launches(0, 0);

    LaunchingBackend(Backend host) {
        this.host = host;
        Device real = host.devices().getFirst();
        this.device = new Device("invented:0", real.kind(), real.vendor(), real.name(), real.memoryBytes(), real.facts(), real.note());
    }

    @Override
    public String name() {
        return "invented";
    }

    @Override
    public Availability availability() {
        return new Availability.Ready();
    }

    @Override
    public List<Device> devices() {
        return List.of(device);
    }

    @Override
    public EmbeddingStage openEmbedding(Model model, Device on) {
        return host.openEmbedding(model, host.devices().getFirst());
    }

    @Override
    public LayerStage openLayers(Model model, Device on, int firstLayer, int count, StageOptions options) {
        return new Layers(host.openLayers(model, host.devices().getFirst(), firstLayer, count, options));
    }

    @Override
    public OutputStage openOutput(Model model, Device on, StageOptions options) {
        return host.openOutput(model, host.devices().getFirst(), options);
    }

    @Override
    public CheckReport check(Device on, CheckRequest request) {
        return host.check(host.devices().getFirst(), request);
    }

    @Override
    public Optional<Launches> launches() {
        return Optional.of(launches);
    }

    @Override
    public void timeKernels(boolean on) {
        timed = on;
    }

    @Override
    public void close() {
        host.close();
    }

    private final class Layers implements LayerStage {
        private final LayerStage real;

        Layers(LayerStage real) {
            this.real = real;
        }

        @Override
        public Device device() {
            return device;
        }

        @Override
        public int firstLayer() {
            return real.firstLayer();
        }

        @Override
        public int layerCount() {
            return real.layerCount();
        }

        @Override
        public StageCache openCache(CacheSpec spec) {
            return real.openCache(spec);
        }

        @Override
        public void forward(StageCache cache, HiddenStates x, int position) {
            real.forward(cache, x, position);
            launches = launches.plus(new Launches(KERNELS, timed ? 1 : 0));
        }

        @Override
        public void close() {
            real.close();
        }
    }
}
