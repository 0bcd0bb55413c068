package dev.qyclone.tasks;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.CheckRow;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.KernelCase;
import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KernelRun;
import dev.qyclone.tasks.kernels.HostArrays;
import dev.qyclone.tasks.kernels.PanelProducts;
import dev.qyclone.tasks.kernels.RateKernels;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** Kernels as a graph of their own; what they give stays on the device until somebody asks for the error. */
final class DeviceKernelRun implements KernelRun {
    /** Far outside of caches. */
    private static final int COPIED = 1 << 24;
    private static final int ITEMS = 1 << 12;
    private static final int STEPS = 1 << 12;
    private static final float COPIED_VALUE = 0.5f;

    private final GraphChain chain;
    private final Steps steps;
    private final KernelWork work;
    private final DoubleSupplier error;
    private final double tolerance;
    private final Runnable closing;

    /**
     * @param steps a graph of the chain that may run again and again
     * @param error from the reference, up to {@code tolerance}
     * @param closing gives back what was opened for it
     */
    DeviceKernelRun(GraphChain chain, Steps steps, KernelWork work, DoubleSupplier error, double tolerance, Runnable closing) {
        this.chain = chain;
        this.steps = steps;
        this.work = work;
        this.error = error;
        this.tolerance = tolerance;
        this.closing = closing;
    }

    /** Opens a case on the device with this id, or on the first where it is empty. */
    static KernelRun open(String id, KernelCase which) {
        TornadoDevices devices = new TornadoDevices("TornadoVM", new PassedChecks(null, false));
        Device device = devices.all().stream().filter(one -> id.isEmpty() || one.id().equals(id)).findFirst()
                .orElseThrow(() -> new EngineException(ErrorCode.DEVICE_UNAVAILABLE, "there is no device " + (id.isEmpty() ? "" : id))
                        .expected(devices.all().stream().map(Device::id).toList()));
        TornadoDevice tornado = devices.of(device);
        KernelForms forms = KernelForms.of(new KernelChoice(which.family(), 0), device, which.shape().headDim());
        return switch (which.kind()) {
            case COPY -> copy(tornado, forms);
            case MULTIPLY_ADD -> multiplyAdd(tornado, forms);
            case PRODUCT -> MeasuredProduct.open(tornado, forms, which);
            case NORM, ROPE, ATTENTION, PANELS, TOKENS_PRODUCT, SWIGLU, ROUTER, EXPERTS -> MeasuredStep.open(tornado, forms, which);
            case LOGITS, LARGEST -> output(device, tornado, which);
            case LAYER -> MeasuredLayer.open(device, tornado, which);
        };
    }

    private static KernelRun output(Device device, TornadoDevice tornado, KernelCase which) {
        if (which.tokens() > 1) {
            throw new EngineException(ErrorCode.UNSUPPORTED, "the output takes one token").got(which.tokens());
        }
        try (RandomLayer random = new RandomLayer(which.shape(), which.type())) {
            Model model = random.model();
            TornadoOutputStage stage = TornadoOutputStage.unchecked(device, tornado, new DeviceMemory(device), model,
                    new KernelChoice(which.family(), 0));
            try {
                return stage.measured(model, which);
            } catch (RuntimeException | Error e) {
                stage.close();
                throw e;
            }
        }
    }

    /** A chain of one graph, after which {@code out} begins with {@code wanted}. */
    static DeviceKernelRun of(
            TornadoDevice tornado, KernelForms forms, Consumer<Steps> describe, FloatArray out, float[] wanted, KernelWork work) {
        return of(tornado, forms, describe, out, wanted, work, new HostArrays());
    }

    /** @param arrays that the graph takes to the device, given back where that may be */
    static DeviceKernelRun of(
            TornadoDevice tornado, KernelForms forms, Consumer<Steps> describe, FloatArray out, float[] wanted, KernelWork work,
            HostArrays arrays) {
        GraphChain chain = new GraphChain(forms.groups());
        Steps steps = chain.next("measured");
        describe.accept(steps);
        chain.open(tornado, () -> { }, arrays);
        return new DeviceKernelRun(chain, steps, work, () -> distance(chain.run(steps), out, wanted), StageCheck.TOLERANCE, chain::close);
    }

    private static double distance(TornadoExecutionResult result, FloatArray out, float[] wanted) {
        result.transferToHost(out);
        float[] got = new float[wanted.length];
        for (int i = 0; i < got.length; i++) {
            got[i] = out.get(i);
        }
        return CheckRow.distance(got, wanted);
    }

    private static KernelRun copy(TornadoDevice tornado, KernelForms forms) {
        FloatArray from = new FloatArray(COPIED);
        from.init(COPIED_VALUE);
        FloatArray to = new FloatArray(COPIED);
        float[] wanted = new float[1024];
        Arrays.fill(wanted, COPIED_VALUE);
        int items = COPIED / PanelProducts.LANES;
        return of(tornado, forms, steps -> steps.own(from, to).overItems("copied", items,
                (graph, task) -> graph.task(task, RateKernels::copyLanes, from, to, items)), to, wanted,
                new KernelWork(2L * Float.BYTES * COPIED, 0));
    }

    private static KernelRun multiplyAdd(TornadoDevice tornado, KernelForms forms) {
        FloatArray out = new FloatArray(PanelProducts.LANES * ITEMS);
        out.init(0f);
        float[] wanted = new float[out.getSize()];
        Arrays.fill(wanted, RateKernels.CONVERGED);
        return of(tornado, forms, steps -> steps.own(out).overItems("multiplied", ITEMS,
                (graph, task) -> graph.task(task, RateKernels::multiplyAddLanes, out, ITEMS, STEPS)), out, wanted,
                new KernelWork(0, (double) RateKernels.OPERATIONS * PanelProducts.LANES * STEPS * ITEMS));
    }

    @Override
    public void run() {
        chain.run(steps);
    }

    @Override
    public double error() {
        return error.getAsDouble();
    }

    @Override
    public double tolerance() {
        return tolerance;
    }

    @Override
    public long bytes() {
        return work.bytes();
    }

    @Override
    public double operations() {
        return work.operations();
    }

    @Override
    public int launches() {
        return steps.count();
    }

    @Override
    public long kernelNanos() {
        return chain.times(steps).values().stream().mapToLong(Long::longValue).sum();
    }

    @Override
    public void close() {
        closing.run();
    }
}
