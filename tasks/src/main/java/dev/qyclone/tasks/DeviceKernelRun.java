package dev.qyclone.tasks;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.stage.CheckRow;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.KernelCase;
import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KernelRun;
import dev.qyclone.tasks.kernels.Call;
import dev.qyclone.tasks.kernels.Cursor;
import dev.qyclone.tasks.kernels.HostArrays;
import dev.qyclone.tasks.kernels.Layers;
import dev.qyclone.tasks.kernels.PanelProducts;
import dev.qyclone.tasks.kernels.RateKernels;
import java.util.Arrays;
import java.util.function.Consumer;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** One kernel as a graph of its own; what it gives stays on the device until somebody asks for the error. */
final class DeviceKernelRun implements KernelRun {
    /** Far outside of caches. */
    private static final int COPIED = 1 << 24;
    private static final int ITEMS = 1 << 12;
    private static final int STEPS = 1 << 12;
    private static final float COPIED_VALUE = 0.5f;

    private final GraphChain chain;
    private final Steps steps;
    private final FloatArray out;
    private final float[] wanted;
    private final long bytes;
    private final double operations;

    /** @param out holds {@code wanted} after a run, at its beginning */
    DeviceKernelRun(GraphChain chain, Steps steps, FloatArray out, float[] wanted, long bytes, double operations) {
        this.chain = chain;
        this.steps = steps;
        this.out = out;
        this.wanted = wanted;
        this.bytes = bytes;
        this.operations = operations;
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
            case NORM -> norm(tornado, forms, which);
            case PRODUCT -> MeasuredProduct.open(tornado, forms, which);
            case ATTENTION -> MeasuredAttention.open(tornado, forms, which);
            case LAYER -> MeasuredLayer.open(device, tornado, which);
        };
    }

    /** A chain of one graph. */
    static DeviceKernelRun of(
            TornadoDevice tornado, KernelForms forms, Consumer<Steps> describe, FloatArray out, float[] wanted, long bytes,
            double operations) {
        return of(tornado, forms, describe, out, wanted, bytes, operations, new HostArrays());
    }

    /** @param arrays that the graph takes to the device, given back where that may be */
    static DeviceKernelRun of(
            TornadoDevice tornado, KernelForms forms, Consumer<Steps> describe, FloatArray out, float[] wanted, long bytes,
            double operations, HostArrays arrays) {
        GraphChain chain = new GraphChain(forms.groups());
        Steps steps = chain.next("measured");
        describe.accept(steps);
        chain.open(tornado, () -> { }, arrays);
        return new DeviceKernelRun(chain, steps, out, wanted, bytes, operations);
    }

    private static KernelRun copy(TornadoDevice tornado, KernelForms forms) {
        FloatArray from = new FloatArray(COPIED);
        from.init(COPIED_VALUE);
        FloatArray to = new FloatArray(COPIED);
        float[] wanted = new float[1024];
        Arrays.fill(wanted, COPIED_VALUE);
        int items = COPIED / PanelProducts.LANES;
        return of(tornado, forms, steps -> steps.own(from, to).overItems("copied", items,
                (graph, task) -> graph.task(task, RateKernels::copyLanes, from, to, items)), to, wanted, 2L * Float.BYTES * COPIED, 0);
    }

    private static KernelRun multiplyAdd(TornadoDevice tornado, KernelForms forms) {
        FloatArray out = new FloatArray(PanelProducts.LANES * ITEMS);
        out.init(0f);
        float[] wanted = new float[out.getSize()];
        Arrays.fill(wanted, RateKernels.CONVERGED);
        return of(tornado, forms, steps -> steps.own(out).overItems("multiplied", ITEMS,
                (graph, task) -> graph.task(task, RateKernels::multiplyAddLanes, out, ITEMS, STEPS)), out, wanted, 0,
                (double) RateKernels.OPERATIONS * PanelProducts.LANES * STEPS * ITEMS);
    }

    private static KernelRun norm(TornadoDevice tornado, KernelForms forms, KernelCase which) {
        int tokens = which.tokens();
        int dim = which.shape().dim();
        float eps = which.shape().normEps();
        IntArray call = new IntArray(Call.INTS);
        call.init(0);
        call.set(Call.TOKENS, tokens);
        IntArray cursor = new IntArray(Cursor.INTS);
        cursor.init(0);
        IntArray layers = new IntArray(Layers.INTS);
        layers.init(0);
        FloatArray x = Measured.gaussian(tokens * dim);
        FloatArray norm = Measured.gaussian(dim);
        FloatArray out = new FloatArray(tokens * dim);
        float[] wanted = new float[tokens * dim];
        Measured.reference(ops -> ops.rmsNorm(x.toHeapArray(), norm.toHeapArray(), eps, wanted, tokens, dim));
        return of(tornado, forms, steps -> new NormSteps(steps.own(call, cursor, layers, x, out), forms.products(), call, cursor, layers,
                tokens).norm("normed", Cursor.CURRENT, x, norm, out, dim, eps), out, wanted, 2L * Float.BYTES * tokens * dim,
                4.0 * tokens * dim);
    }

    @Override
    public void run() {
        chain.run(steps);
    }

    @Override
    public double error() {
        chain.run(steps).transferToHost(out);
        float[] got = new float[wanted.length];
        for (int i = 0; i < got.length; i++) {
            got[i] = out.get(i);
        }
        return CheckRow.distance(got, wanted);
    }

    @Override
    public double tolerance() {
        return StageCheck.TOLERANCE;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public double operations() {
        return operations;
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
        chain.close();
    }
}
