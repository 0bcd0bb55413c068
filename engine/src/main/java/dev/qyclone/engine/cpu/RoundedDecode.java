package dev.qyclone.engine.cpu;

import dev.qyclone.engine.model.LayerWeights;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.ops.PreparedWeights;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.engine.tensor.Tensor;
import java.util.stream.Stream;

/**
 * Where decode on the host rounds activations, and what that changes. It does so for matrices that it reads as copies, unless
 * {@link StageOptions#exactFor} forbids it; prompts are exact always.
 */
public final class RoundedDecode {
    /** The largest relative L2 distance of logits from exact ones that was measured: 200 positions of each test model. */
    public static final double RELATIVE_L2 = 3e-3;
    /** As {@link #RELATIVE_L2}, the Kullback-Leibler divergence from the exact distribution, in nats, mean of the positions. */
    public static final double DIVERGENCE = 5e-5;

    private RoundedDecode() {
    }

    /** The fewest bits of an activation, its sign among them, in any product of a model on the host; 0 where all are floats. */
    public static int bits(Model model, StageOptions options) {
        Stream<Tensor> layers = model.layers().stream().flatMap(LayerWeights::tensors);
        return bits(model, options, Stream.concat(layers, Stream.of(model.output())));
    }

    /** As {@link #bits(Model, StageOptions)}, for the parts of a model that a placement has on {@link CpuBackend#CPU}. */
    public static int bits(Model model, Placement placement) {
        if (!CpuBackend.hasVectorModule()) {
            return 0;
        }
        int fewest = 0;
        for (Placement.Run run : placement.runs()) {
            if (run.device().id().equals(CpuBackend.CPU)) {
                Stream<Tensor> tensors = model.layers().subList(run.firstLayer(), run.firstLayer() + run.count()).stream()
                        .flatMap(LayerWeights::tensors);
                fewest = fewer(fewest, bits(model, run.options(), tensors));
            }
        }
        boolean output = placement.output().id().equals(CpuBackend.CPU);
        return output ? fewer(fewest, bits(model, placement.outputOptions(), Stream.of(model.output()))) : fewest;
    }

    private static int bits(Model model, StageOptions options, Stream<Tensor> tensors) {
        if (!options.repack() || options.exactFor(model.config())) {
            return 0;
        }
        return tensors.mapToInt(PreparedWeights::activationBits).filter(bits -> bits > 0).min().orElse(0);
    }

    private static int fewer(int a, int b) {
        return a == 0 || b == 0 ? a + b : Math.min(a, b);
    }
}
