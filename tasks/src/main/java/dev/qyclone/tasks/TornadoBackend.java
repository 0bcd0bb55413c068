package dev.qyclone.tasks;

import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.Availability;
import dev.qyclone.engine.stage.Backend;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.CheckReport;
import dev.qyclone.engine.stage.CheckRequest;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.DeviceRates;
import dev.qyclone.engine.stage.EmbeddingStage;
import dev.qyclone.engine.stage.HalfFloats;
import dev.qyclone.engine.stage.HostEmbeddingStage;
import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.Launches;
import dev.qyclone.engine.stage.LayerStage;
import dev.qyclone.engine.stage.OpeningTimes;
import dev.qyclone.engine.stage.OutputStage;
import dev.qyclone.engine.stage.StageOptions;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import uk.ac.manchester.tornado.api.common.TornadoDevice;

/** TornadoVM's devices, of all its backends. */
final class TornadoBackend implements Backend {
    private final BackendOptions options;
    private final GraphTools tools;
    private final Set<String> proven = new HashSet<>(); // by id
    private final Map<String, KernelStore> stores = new HashMap<>(); // by id
    private TornadoDevices devices;

    TornadoBackend(BackendOptions options) {
        this.options = options;
        this.tools = new GraphTools(new OpeningClock(options.timeOpening()), new LaunchClock());
    }

    @Override
    public String name() {
        return "tornado";
    }

    @Override
    public Availability availability() {
        return new Availability.Ready();
    }

    @Override
    public List<Device> devices() {
        return found().all();
    }

    private synchronized TornadoDevices found() {
        if (devices == null) {
            devices = new TornadoDevices(TornadoRuntimeCheck.versionNote(TornadoRuntimeCheck.version()), passed());
        }
        return devices;
    }

    private PassedChecks passed() {
        return new PassedChecks(options.cacheFolder(), options.recheck());
    }

    /** The device for work; on its first use a kernel shows that it runs loops in parallel. */
    private synchronized TornadoDevice opened(Device device) {
        TornadoDevice tornado = found().of(device);
        if (!proven.contains(device.id())) {
            ParallelProbe.require(device, tornado, store(device, tornado));
            proven.add(device.id());
        }
        return tornado;
    }

    private KernelStore store(Device device, TornadoDevice tornado) {
        return stores.computeIfAbsent(device.id(), id -> KernelStore.of(options.cacheFolder(), options.recheck(), device, tornado));
    }

    /** What the graphs of a device's stages are made with. */
    private synchronized GraphTools toolsFor(Device device, TornadoDevice tornado) {
        return tools.with(store(device, tornado));
    }

    @Override
    public EmbeddingStage openEmbedding(Model model, Device device) {
        return new HostEmbeddingStage(device, model.tokenEmbedding());
    }

    @Override
    public LayerStage openLayers(Model model, Device device, int firstLayer, int count, StageOptions stage) {
        TornadoDevice tornado = opened(device);
        return TornadoLayerStage.open(device, tornado, found().memory(device), model, firstLayer, count, stage, passed(),
                toolsFor(device, tornado));
    }

    @Override
    public OutputStage openOutput(Model model, Device device, StageOptions stage) {
        TornadoDevice tornado = opened(device);
        return TornadoOutputStage.open(device, tornado, found().memory(device), model, stage, passed(), toolsFor(device, tornado));
    }

    @Override
    public CheckReport check(Device device, CheckRequest request) {
        TornadoDevices.probeHalves(opened(device), passed());
        return new DeviceCheck(device, opened(device), request).report();
    }

    @Override
    public List<KernelFamily> families(Device device) {
        return List.of(KernelFamily.PARALLEL, KernelFamily.CONTEXT, KernelFamily.FPGA);
    }

    @Override
    public Device probed(Device device) {
        HalfFloats halves = TornadoDevices.probeHalves(opened(device), passed());
        return new Device(device.id(), device.kind(), device.vendor(), device.name(), device.memoryBytes(),
                device.facts().withHalfFloats(halves), device.note());
    }

    @Override
    public String note(Device device, KernelChoice kernels) {
        return found().note(device, kernels);
    }

    @Override
    public Optional<DeviceRates> rates(Device device) {
        return RateProbe.run(device, opened(device));
    }

    @Override
    public Optional<OpeningTimes> openingTimes() {
        return tools.opening().times();
    }

    @Override
    public Optional<Launches> launches() {
        return Optional.of(tools.launches().launches());
    }

    @Override
    public void timeKernels(boolean on) {
        tools.launches().time(on);
    }

    @Override
    public void close() {
    }
}
