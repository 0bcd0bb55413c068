package dev.qyclone.tasks;

import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.HiddenStates;
import dev.qyclone.engine.stage.OutputStage;
import dev.qyclone.engine.stage.Pipeline;
import dev.qyclone.tasks.kernels.StepKernels;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** Final norm and logits on a TornadoVM device. */
final class TornadoOutputStage implements OutputStage {
    private final Device device;
    private final ModelConfig config;
    private final FloatArray x;
    private final FloatArray logits;
    private final GraphChain chain;
    private final Steps steps;

    TornadoOutputStage(Device device, TornadoDevice tornado, Model model) {
        this.device = device;
        this.config = model.config();
        this.x = new FloatArray(config.dim());
        this.logits = new FloatArray(config.vocab());
        FloatArray norm = FloatArray.fromArray(model.outputNorm().toFloats());
        FloatArray weights = new FloatArray(Math.toIntExact(model.output().elements()));
        LayerWeightsOnDevice.copy(model.output(), weights, 0);
        this.chain = new GraphChain(64);
        this.steps = chain.next("output");
        steps.send(x).own(norm, weights);
        steps.overItems("logits", config.vocab(), (graph, task) -> graph.task(task, StepKernels::logits, x, norm, weights, logits,
                config.vocab(), config.dim(), config.normEps()));
        steps.fetch(logits);
        chain.open(tornado, () -> { });
    }

    @Override
    public Device device() {
        return device;
    }

    @Override
    public void logits(HiddenStates hidden, int row, float[] target) {
        for (int i = 0; i < config.dim(); i++) {
            x.set(i, hidden.data()[row * config.dim() + i]);
        }
        chain.run(steps);
        for (int i = 0; i < target.length; i++) {
            target[i] = logits.get(i);
        }
    }

    @Override
    public int argmax(HiddenStates hidden, int row) {
        float[] target = new float[config.vocab()];
        logits(hidden, row, target);
        int best = 0;
        for (int id = 0; id < target.length; id++) {
            if (!Float.isFinite(target[id])) {
                throw Pipeline.nonFinite("the logits of the output stage on " + device.id(), "id " + id, target[id]);
            }
            if (target[id] > target[best]) {
                best = id;
            }
        }
        return best;
    }

    @Override
    public void close() {
        chain.close();
    }
}
