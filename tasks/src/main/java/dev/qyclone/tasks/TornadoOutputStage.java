package dev.qyclone.tasks;

import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.ops.ScalarOps;
import dev.qyclone.engine.ops.WorkerPool;
import dev.qyclone.engine.sampler.GreedySampler;
import dev.qyclone.engine.stage.CheckRow;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.HiddenStates;
import dev.qyclone.engine.stage.KernelCase;
import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.KernelRun;
import dev.qyclone.engine.stage.OutputStage;
import dev.qyclone.engine.stage.Pipeline;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.tasks.kernels.Cursor;
import dev.qyclone.tasks.kernels.HostArrays;
import dev.qyclone.tasks.kernels.LargestKernels;
import dev.qyclone.tasks.kernels.Layers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Final norm and logits on a TornadoVM device; the logits come back only where somebody asks for them. */
final class TornadoOutputStage implements OutputStage {
    /** Ids that one item of the search for the largest logit looks at. */
    private static final int PART = 512;
    /** Calls that a time is the median of. */
    private static final int ROUNDS = 5;

    private final Device device;
    private final ModelConfig config;
    private final FloatArray x;
    private final FloatArray logits;
    private final IntArray winner = new IntArray(1);
    private final GraphChain chain;
    private final HostArrays arrays;
    private final DeviceMemory.Share share;
    private final Steps output;
    private final Steps largest;

    private TornadoOutputStage(Device device, TornadoDevice tornado, DeviceMemory memory, Model model, KernelChoice kernels,
            HostArrays arrays, GraphTools tools) {
        this.device = device;
        this.arrays = arrays;
        this.config = model.config();
        this.x = new FloatArray(config.dim());
        this.logits = new FloatArray(config.vocab());
        FloatArray norm = FloatArray.fromArray(model.outputNorm().toFloats());
        StackedMatrix weights = StackedMatrix.of(List.of(List.of(model.output())), arrays);
        arrays.begin();
        IntArray cursor = new IntArray(Cursor.INTS);
        IntArray slices = new IntArray(Layers.INTS);
        int parts = Math.ceilDiv(config.vocab(), PART);
        FloatArray best = new FloatArray(parts);
        IntArray where = new IntArray(parts);

        KernelForms forms = KernelForms.of(kernels, device, config.headDim());
        this.chain = new GraphChain(forms.groups(), tools);
        long weightBytes = arrays.bytes();
        PieceUpload.begin(chain, weights.matrices(), arrays);
        this.output = chain.next("output").send(x).own(norm, logits, cursor, slices);
        new ProductSteps(output, cursor, slices, forms)
                .normed("output_norm_logits", weights, x, norm, logits, 0, config.normEps());

        this.largest = chain.late("largest").own(best, where);
        largest.overItems("parts", parts, (graph, task) -> graph.task(task, LargestKernels::ofParts,
                logits, best, where, config.vocab(), PART, parts));
        largest.overItems("all", 1, (graph, task) -> graph.task(task, LargestKernels::ofAll, best, where, winner, parts));
        largest.fetch(winner);
        Map<String, Long> bytes = new LinkedHashMap<>();
        bytes.put("weights", weightBytes);
        bytes.put("working arrays", chain.bytes().getSum() - weightBytes);
        this.share = memory.take("the output", bytes, chain.bytes().getMax());
        try {
            chain.open(tornado, () -> { }, arrays);
        } catch (RuntimeException | Error e) {
            share.giveBack();
            throw e;
        }
    }

    /**
     * Opens the stage and checks its kernels, unless they passed before.
     *
     * @throws dev.qyclone.engine.error.EngineException DEVICE_WRONG; nothing stays open then
     */
    static TornadoOutputStage open(
            Device device, TornadoDevice tornado, DeviceMemory memory, Model model, StageOptions options, PassedChecks passed,
            GraphTools tools) {
        TornadoOutputStage stage = unchecked(device, tornado, memory, model, options.kernels(), tools);
        List<String> facts = List.of("output", device.id(), device.vendor(), device.name(), device.facts().toString(), device.note(),
                model.output().type() + " " + model.output().shape(), options.kernels().toString(), stage.chain.origin());
        try {
            if (!passed.has(facts)) {
                StageCheck.require(device, List.of(stage.check(model, options.kernels().family(), false)));
                passed.keep(facts);
            }
        } catch (RuntimeException | Error e) {
            stage.closeAfter(e);
            throw e;
        }
        return stage;
    }

    /** How many of its kernels were not compiled before. */
    int newKernels() {
        return chain.newKernels();
    }

    /** Opens a stage whose kernels are still to be checked. */
    static TornadoOutputStage unchecked(
            Device device, TornadoDevice tornado, DeviceMemory memory, Model model, KernelChoice kernels) {
        return unchecked(device, tornado, memory, model, kernels, GraphTools.plain());
    }

    /** The same, with tools of the caller. */
    static TornadoOutputStage unchecked(
            Device device, TornadoDevice tornado, DeviceMemory memory, Model model, KernelChoice kernels, GraphTools tools) {
        HostArrays arrays = new HostArrays();
        try {
            return new TornadoOutputStage(device, tornado, memory, model, kernels, arrays, tools);
        } catch (RuntimeException | Error e) {
            arrays.close();
            throw e;
        }
    }

    /**
     * Compares the logits of a random row with the reference, and the choice of the largest with them.
     *
     * @param rates also measure how fast the logits' kernels read the matrix
     */
    CheckRow check(Model model, KernelFamily family, boolean rates) {
        HiddenStates hidden = new HiddenStates(1, config.dim()).resize(1);
        Random random = new Random(6);
        for (int i = 0; i < config.dim(); i++) {
            hidden.data()[i] = (float) random.nextGaussian();
        }
        float[] got = new float[config.vocab()];
        logits(hidden, 0, got);
        float[] wanted = new float[config.vocab()];
        try (WorkerPool workers = new WorkerPool(Runtime.getRuntime().availableProcessors())) {
            ScalarOps ops = new ScalarOps(workers);
            float[] normed = new float[config.dim()];
            ops.rmsNorm(hidden.data(), model.outputNorm().toFloats(), config.normEps(), normed, 1, config.dim());
            ops.matMul(model.output(), normed, wanted, 1);
        }
        boolean chosen = argmax(hidden, 0) == GreedySampler.argmax(got);
        double error = chosen ? CheckRow.distance(got, wanted) : Double.POSITIVE_INFINITY;
        return CheckRow.ran("output_norm_logits", family, model.output().type().name(), config.vocab() + "x" + config.dim(), error,
                StageCheck.TOLERANCE, rates ? (double) model.output().bytes() / nanos() : 0, "GB/s");
    }

    /** The kernels of its logits, or those that find the largest of them, to be run by themselves; who closes the run closes the stage. */
    KernelRun measured(Model model, KernelCase which) {
        CheckRow checked = check(model, which.family(), false);
        boolean search = which.kind() == KernelCase.Kind.LARGEST;
        KernelWork work = search ? new KernelWork((long) Float.BYTES * config.vocab(), 0)
                : new KernelWork(model.output().bytes(), 2.0 * model.output().elements());
        return new DeviceKernelRun(chain, search ? largest : output, work, checked::error, checked.tolerance(), this::close);
    }

    /** The median of some runs on the device. */
    private long nanos() {
        long[] runs = LongStream.generate(() -> chain.times(output).values().stream().mapToLong(Long::longValue).sum()).limit(ROUNDS)
                .sorted().toArray();
        return Math.max(1, runs[ROUNDS / 2]);
    }

    @Override
    public Device device() {
        return device;
    }

    @Override
    public void logits(HiddenStates hidden, int row, float[] target) {
        compute(hidden, row).transferToHost(logits);
        MemorySegment.copy(logits.getSegment(), ValueLayout.JAVA_FLOAT, 0, target, 0, target.length);
    }

    @Override
    public int argmax(HiddenStates hidden, int row) {
        chain.ensureJoined(largest);
        compute(hidden, row);
        chain.run(largest);
        int id = winner.get(0);
        if (id < 0) {
            float[] all = new float[config.vocab()];
            logits(hidden, row, all);
            throw Pipeline.nonFinite("the logits of the output stage on " + device.id(), "id " + (-1 - id), all[-1 - id]);
        }
        return id;
    }

    private TornadoExecutionResult compute(HiddenStates hidden, int row) {
        MemorySegment.copy(hidden.data(), row * config.dim(), x.getSegment(), ValueLayout.JAVA_FLOAT, 0, config.dim());
        return chain.run(output);
    }

    private void closeAfter(Throwable reason) {
        try {
            close();
        } catch (RuntimeException | Error e) {
            reason.addSuppressed(e);
        }
    }

    @Override
    public void close() {
        try {
            chain.close();
        } finally {
            arrays.close();
            share.giveBack();
        }
    }
}
