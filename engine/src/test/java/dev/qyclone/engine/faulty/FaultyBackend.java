package dev.qyclone.engine.faulty;

import dev.qyclone.engine.cpu.CpuParts;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.ops.Ops;
import dev.qyclone.engine.ops.ScalarOps;
import dev.qyclone.engine.ops.WorkerPool;
import dev.qyclone.engine.stage.Availability;
import dev.qyclone.engine.stage.Backend;
import dev.qyclone.engine.stage.CheckReport;
import dev.qyclone.engine.stage.CheckRequest;
import dev.qyclone.engine.stage.CheckRow;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.DeviceFacts;
import dev.qyclone.engine.stage.DeviceKind;
import dev.qyclone.engine.stage.EmbeddingStage;
import dev.qyclone.engine.stage.HalfFloats;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.LayerStage;
import dev.qyclone.engine.stage.OpeningTimes;
import dev.qyclone.engine.stage.OutputStage;
import dev.qyclone.engine.stage.StageOptions;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A backend with one device that computes as {@code cpu:scalar} does, until a {@link Fault} is put into it. It is handed to
 * {@link dev.qyclone.engine.stage.Backends}, not found by ServiceLoader:
 *
 * <pre>
 * FaultyBackend faulty = new FaultyBackend("gpu:0");
 * Backends backends = new Backends(List.of(new CpuBackend.Provider().create(BackendOptions.defaults()), faulty));
 * ...                                                        // all is well: same ids as cpu:scalar, bit for bit
 * faulty.put(new Fault.FailureInLayer(3, ErrorCode.DEVICE_UNAVAILABLE));   // from the next call on
 * ...                                                        // assert what the caller sees
 * faulty.heal();                                             // the session can go on after truncate(0)
 * engine.close();
 * assertEquals(0, faulty.openThings());                      // nothing was left open on the device
 * </pre>
 *
 * <p>Faults of a device that show when it is listed or opened (memory, missing, kernels) are given to the constructor. As the contract
 * asks, the device checks its kernels before it opens layers, and refuses with DEVICE_WRONG naming the kernel if one is wrong.
 */
public final class FaultyBackend implements Backend {
    private static final long MEMORY = 64L << 30;

    private final WorkerPool workers = new WorkerPool(1);
    private final Ops reference = new ScalarOps(workers);
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger stages = new AtomicInteger();
    private final String id;
    private final long memoryBytes;
    private volatile Fault fault;

    /** A sound one. */
    public FaultyBackend(String deviceId) {
        this(deviceId, null);
    }

    /** One with a fault from the start. */
    public FaultyBackend(String deviceId, Fault fault) {
        this.id = deviceId;
        this.fault = fault;
        this.memoryBytes = fault instanceof Fault.LittleMemory little ? little.bytes() : MEMORY;
    }

    /** Puts a fault in the place of the one before; it shows from the next call on, in stages that are open too. */
    public void put(Fault next) {
        fault = next;
    }

    /** Takes the fault away. */
    public void heal() {
        fault = null;
    }

    /** How many stages and caches are open now. */
    public int openThings() {
        return open.get();
    }

    /** Its device, whether the backend is missing or not. */
    public Device device() {
        return new Device(id, DeviceKind.OTHER, "nobody", "a faulty device", memoryBytes,
                new DeviceFacts(64, 1 << 15, memoryBytes / 4, 1, HalfFloats.NO, "none"), "plain loops with a fault");
    }

    @Override
    public String name() {
        int colon = id.indexOf(':');
        return colon < 0 ? id : id.substring(0, colon);
    }

    @Override
    public Availability availability() {
        return fault instanceof Fault.Missing missing
                ? new Availability.Missing(missing.reason(), missing.remedy())
                : new Availability.Ready();
    }

    @Override
    public List<Device> devices() {
        return fault instanceof Fault.Missing ? List.of() : List.of(device());
    }

    @Override
    public EmbeddingStage openEmbedding(Model model, Device device) {
        return new CountedStages.Embedding(CpuParts.embedding(device, model), count());
    }

    @Override
    public LayerStage openLayers(Model model, Device device, int firstLayer, int count, StageOptions options) {
        if (fault instanceof Fault.FullAtLayer full && full.layer() >= firstLayer && full.layer() < firstLayer + count) {
            throw new EngineException(ErrorCode.OUT_OF_MEMORY, "layers " + firstLayer + "-" + (firstLayer + count - 1)
                    + " do not fit on " + id).remedy("give fewer layers to " + id);
        }
        requireRoom();
        requireSound(model, device, options);
        stages.incrementAndGet();
        return new FaultyLayerStage(device, model, new FaultyOps(reference, () -> fault), firstLayer, count, options.kvType(), () -> fault,
                open);
    }

    @Override
    public OutputStage openOutput(Model model, Device device, StageOptions options) {
        requireRoom();
        requireSound(model, device, options);
        stages.incrementAndGet();
        return new CountedStages.Output(CpuParts.output(device, model, new FaultyOps(reference, () -> fault)), count());
    }

    private CountedStages.Count count() {
        return new CountedStages.Count(open, () -> fault);
    }

    private void requireRoom() {
        if (fault instanceof Fault.FullBeside full && open.get() >= full.things()) {
            throw new EngineException(ErrorCode.OUT_OF_MEMORY, id + " has no room for another stage").expected("fewer than "
                    + full.things() + " stages and caches").got(open.get()).remedy("close some");
        }
    }

    private void requireSound(Model model, Device device, StageOptions options) {
        if (!(fault instanceof Fault.WrongKernel) && !(fault instanceof Fault.BrokenKernel)) {
            return;
        }
        check(device, CheckRequest.of(model, List.of(options.kernels().family()), false)).rows().stream()
                .filter(row -> row.verdict() != CheckRow.Verdict.OK).findFirst().ifPresent(row -> {
                    throw new EngineException(ErrorCode.DEVICE_WRONG, device.id() + " computes " + row.kernel() + " wrongly")
                            .expected("an error of at most " + row.tolerance()).got(row.error()).remedy("choose another device");
                });
    }

    @Override
    public CheckReport check(Device device, CheckRequest request) {
        List<KernelFamily> families = request.families().isEmpty() ? List.of(KernelFamily.AUTO) : request.families();
        CheckRequest one = new CheckRequest(request.config(), request.types(), families.subList(0, 1), request.rates());
        return CpuParts.check(device, new FaultyOps(reference, () -> fault), reference, one);
    }

    /** As if each stage with layers or the output had been compiled in 1000 ns and uploaded in 10. */
    @Override
    public Optional<OpeningTimes> openingTimes() {
        return Optional.of(new OpeningTimes(1000L * stages.get(), 10L * stages.get()));
    }

    @Override
    public void close() {
        workers.close();
    }
}
