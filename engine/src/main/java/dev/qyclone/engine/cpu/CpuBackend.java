package dev.qyclone.engine.cpu;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.ops.Ops;
import dev.qyclone.engine.ops.ScalarOps;
import dev.qyclone.engine.ops.VectorOps;
import dev.qyclone.engine.ops.WorkerPool;
import dev.qyclone.engine.stage.Availability;
import dev.qyclone.engine.stage.Backend;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.BackendProvider;
import dev.qyclone.engine.stage.CheckReport;
import dev.qyclone.engine.stage.CheckRequest;
import dev.qyclone.engine.stage.CheckRow;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.DeviceFacts;
import dev.qyclone.engine.stage.DeviceKind;
import dev.qyclone.engine.stage.EmbeddingStage;
import dev.qyclone.engine.stage.HalfFloats;
import dev.qyclone.engine.stage.HostEmbeddingStage;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.LayerStage;
import dev.qyclone.engine.stage.OutputStage;
import dev.qyclone.engine.stage.StageOptions;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The host: {@code cpu} computes with the Vector API, {@code cpu:scalar} with the plain reference ops. Where the JVM was started
 * without the vector module, {@code cpu} falls back to the plain ops and its note says so.
 */
public final class CpuBackend implements Backend {
    /** The id of the device that every machine has. */
    public static final String CPU = "cpu";
    /** The id of the reference. */
    public static final String SCALAR = "cpu:scalar";

    private final WorkerPool workers;
    private final boolean vectorModule;
    private final List<Device> devices;
    private final boolean recheck;
    private final Set<Device> sound = new HashSet<>();

    /** How {@link java.util.ServiceLoader} gets one. */
    public static final class Provider implements BackendProvider {
        @Override
        public Backend create(BackendOptions options) {
            return new CpuBackend(options, hasVectorModule());
        }
    }

    /** False where this JVM computes with the plain ops only. */
    static boolean hasVectorModule() {
        return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    }

    CpuBackend(BackendOptions options, boolean vectorModule) {
        this.workers = new WorkerPool(options.threads());
        this.vectorModule = vectorModule;
        String threads = options.threads() + (options.threads() == 1 ? " thread" : " threads");
        Host host = Host.read();
        String machine = System.getProperty("java.vm.name") + " " + Runtime.version();
        String vectors = vectorModule ? ", " + VectorOps.vectorBits() + "-bit vectors" : "";
        this.recheck = options.recheck();
        this.devices = List.of(
                new Device(CPU, DeviceKind.CPU, host.vendor(), host.name(), host.memoryBytes(), facts(machine + vectors),
                        threads + ", " + cpuNote()),
                new Device(SCALAR, DeviceKind.CPU, host.vendor(), host.name(), host.memoryBytes(), facts(machine),
                        threads + ", plain reference ops"));
    }

    private static DeviceFacts facts(String driver) {
        return new DeviceFacts(0, 0, 0, Runtime.getRuntime().availableProcessors(), HalfFloats.NO, driver);
    }

    private String cpuNote() {
        return vectorModule
                ? "Vector API"
                : "plain ops: this JVM has no vector module; start it with --add-modules jdk.incubator.vector for many times the speed";
    }

    @Override
    public String name() {
        return CPU;
    }

    @Override
    public Availability availability() {
        return new Availability.Ready();
    }

    @Override
    public List<Device> devices() {
        return devices;
    }

    @Override
    public EmbeddingStage openEmbedding(Model model, Device device) {
        return new HostEmbeddingStage(device, model.tokenEmbedding());
    }

    @Override
    public LayerStage openLayers(Model model, Device device, int firstLayer, int count, StageOptions options) {
        requireSound(model, device);
        return new CpuLayerStage(device, model, newOps(device), firstLayer, count, options);
    }

    @Override
    public OutputStage openOutput(Model model, Device device, StageOptions options) {
        requireSound(model, device);
        return new CpuOutputStage(device, model, newOps(device), options);
    }

    @Override
    public CheckReport check(Device device, CheckRequest request) {
        return new CheckReport(device, new CpuSelfCheck(newOps(device), new ScalarOps(workers), request).rows());
    }

    /** Only on demand: the host's kernels are those that the tests of every build have run. */
    private synchronized void requireSound(Model model, Device device) {
        if (!recheck || sound.contains(device)) {
            return;
        }
        List<CheckRow> faults = check(device, CheckRequest.of(model, List.of(KernelFamily.AUTO), false)).faults();
        if (!faults.isEmpty()) {
            CheckRow fault = faults.getFirst();
            throw new EngineException(ErrorCode.DEVICE_WRONG, device.id() + " computes wrongly: " + fault.kernel() + " of " + fault.type())
                    .expected("a distance of at most " + fault.tolerance() + " to the reference")
                    .got(fault.detail().isEmpty() ? fault.error() : fault.detail()).remedy("choose another device, such as " + SCALAR);
        }
        sound.add(device);
    }

    /** VectorOps is named in a branch of its own, so that its class is not loaded where the vector module is missing. */
    private Ops newOps(Device device) {
        if (vectorModule && device.id().equals(CPU)) {
            return new VectorOps(workers);
        }
        return new ScalarOps(workers);
    }

    @Override
    public void close() {
        workers.close();
    }
}
