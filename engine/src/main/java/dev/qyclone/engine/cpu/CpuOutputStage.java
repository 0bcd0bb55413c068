package dev.qyclone.engine.cpu;

import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.ops.Ops;
import dev.qyclone.engine.ops.PreparedWeights;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.HiddenStates;
import dev.qyclone.engine.stage.OutputStage;
import dev.qyclone.engine.stage.Pipeline;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.engine.tensor.Tensor;
import java.util.List;

/** Final norm and logits on the host. */
final class CpuOutputStage implements OutputStage {
    private final Device device;
    private final ModelConfig config;
    private final Ops ops;
    private final float[] outputNorm; // (dim)
    private final Tensor output; // (vocab, dim)
    private final float[] normed; // (dim)
    private final float[] logits; // (vocab)
    private final PreparedWeights prepared;

    CpuOutputStage(Device device, Model model, Ops ops, StageOptions options) {
        this.device = device;
        this.config = model.config();
        this.ops = ops;
        this.outputNorm = model.outputNorm().toFloats();
        this.output = model.output();
        this.normed = new float[config.dim()];
        this.logits = new float[config.vocab()];
        this.prepared = options.repack() ? ops.prepare(List.of(output), options.exactFor(config)) : PreparedWeights.NONE;
    }

    @Override
    public Device device() {
        return device;
    }

    @Override
    public void logits(HiddenStates x, int row, float[] logits) {
        System.arraycopy(x.data(), row * config.dim(), normed, 0, config.dim());
        // output_norm
        ops.rmsNorm(normed, outputNorm, config.normEps(), normed, 1, config.dim());
        // logits
        ops.matMul(output, normed, logits, 1);
    }

    @Override
    public int argmax(HiddenStates x, int row) {
        logits(x, row, logits);
        int bad = HiddenStates.firstNonFinite(logits, logits.length);
        if (bad >= 0) {
            throw Pipeline.nonFinite("the logits of the output stage on " + device.id(), "id " + bad, logits[bad]);
        }
        int best = 0;
        for (int id = 1; id < logits.length; id++) {
            if (logits[id] > logits[best]) {
                best = id;
            }
        }
        return best;
    }

    @Override
    public void close() {
        prepared.close();
    }
}
