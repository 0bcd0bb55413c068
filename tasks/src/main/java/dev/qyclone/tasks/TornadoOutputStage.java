package dev.qyclone.tasks;

import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.HiddenStates;
import dev.qyclone.engine.stage.OutputStage;
import dev.qyclone.engine.stage.Pipeline;
import dev.qyclone.tasks.kernels.LargestKernels;
import dev.qyclone.tasks.kernels.StepKernels;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Final norm and logits on a TornadoVM device; the logits come back only where somebody asks for them. */
final class TornadoOutputStage implements OutputStage {
    /** Ids that one item of the search for the largest logit looks at. */
    private static final int PART = 512;

    private final Device device;
    private final ModelConfig config;
    private final FloatArray x;
    private final FloatArray logits;
    private final IntArray winner = new IntArray(1);
    private final GraphChain chain;
    private final Steps output;
    private final Steps largest;

    TornadoOutputStage(Device device, TornadoDevice tornado, Model model) {
        this.device = device;
        this.config = model.config();
        this.x = new FloatArray(config.dim());
        this.logits = new FloatArray(config.vocab());
        FloatArray norm = FloatArray.fromArray(model.outputNorm().toFloats());
        FloatArray weights = new FloatArray(Math.toIntExact(model.output().elements()));
        LayerWeightsOnDevice.copy(model.output(), weights, 0);
        int parts = Math.ceilDiv(config.vocab(), PART);
        FloatArray best = new FloatArray(parts);
        IntArray where = new IntArray(parts);

        this.chain = new GraphChain(Math.min(64, device.facts().workGroupLimit()));
        this.output = chain.next("output").send(x).own(norm, weights, logits);
        output.overItems("output_norm_logits", config.vocab(), (graph, task) -> graph.task(task, StepKernels::logits,
                x, norm, weights, logits, config.vocab(), config.dim(), config.normEps()));

        this.largest = chain.late("largest").own(best, where);
        largest.overItems("parts", parts, (graph, task) -> graph.task(task, LargestKernels::ofParts,
                logits, best, where, config.vocab(), PART, parts));
        largest.overItems("all", 1, (graph, task) -> graph.task(task, LargestKernels::ofAll, best, where, winner, parts));
        largest.fetch(winner);
        chain.open(tornado, () -> { });
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

    @Override
    public void close() {
        chain.close();
    }
}
