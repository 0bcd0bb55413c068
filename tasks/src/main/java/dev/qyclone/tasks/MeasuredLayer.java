package dev.qyclone.tasks;

import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.stage.AttentionPolicies;
import dev.qyclone.engine.stage.CacheSpec;
import dev.qyclone.engine.stage.CheckRow;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.HiddenStates;
import dev.qyclone.engine.stage.KernelCase;
import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KernelRun;
import dev.qyclone.engine.stage.Launches;
import dev.qyclone.engine.stage.StageCache;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.engine.tensor.Tensor;
import uk.ac.manchester.tornado.api.common.TornadoDevice;

/** One whole layer, with its call's way to the device and back. */
final class MeasuredLayer implements KernelRun {
    private final TornadoLayerStage stage;
    private final LaunchClock clock;
    private final StageCache cache;
    private final HiddenStates x;
    private final float[] input;
    private final CheckRow worst;
    private final long bytes;
    private final double operations;

    private MeasuredLayer(TornadoLayerStage stage, LaunchClock clock, Model model, KernelCase which, CheckRow worst) {
        this.stage = stage;
        this.clock = clock;
        this.cache = stage.openCache(new CacheSpec(which.tokens(), new AttentionPolicies(model.config()).forPrompt(1)));
        this.x = new HiddenStates(which.tokens(), model.config().dim()).resize(which.tokens());
        this.input = Measured.gaussian(which.tokens() * model.config().dim()).toHeapArray();
        this.worst = worst;
        this.bytes = model.layers().getFirst().tensors().mapToLong(Tensor::bytes).sum();
        this.operations = 2.0 * which.tokens() * model.layers().getFirst().tensors().mapToLong(Tensor::elements).sum();
    }

    static KernelRun open(Device device, TornadoDevice tornado, KernelCase which) {
        int context = Math.max(which.tokens(), 32);
        ModelConfig shape = which.shape().withContext(context);
        StageOptions options = StageOptions.DEFAULT.withContext(context).withKvType(which.kvType())
                .withKernels(new KernelChoice(which.family(), 0));
        try (RandomLayer random = new RandomLayer(shape, which.type(), 1)) {
            Model model = random.model();
            LaunchClock clock = new LaunchClock();
            TornadoLayerStage stage = TornadoLayerStage.unchecked(device, tornado, new DeviceMemory(device), model, 0, 1, options,
                    new GraphTools(new OpeningClock(false), clock));
            try {
                return new MeasuredLayer(stage, clock, model, which, StageCheck.worst(stage.check(model, 0, options, false)));
            } catch (RuntimeException e) {
                stage.close();
                throw e;
            }
        }
    }

    @Override
    public void run() {
        cache.truncate(0);
        System.arraycopy(input, 0, x.data(), 0, input.length);
        stage.forward(cache, x, 0);
    }

    @Override
    public double error() {
        return worst.error();
    }

    @Override
    public double tolerance() {
        return worst.tolerance();
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
        return Math.toIntExact(timed().kernels());
    }

    @Override
    public long kernelNanos() {
        return timed().kernelNanos();
    }

    private Launches timed() {
        Launches before = clock.launches();
        clock.time(true);
        try {
            run();
        } finally {
            clock.time(false);
        }
        return clock.launches().since(before);
    }

    @Override
    public void close() {
        cache.close();
        stage.close();
    }
}
