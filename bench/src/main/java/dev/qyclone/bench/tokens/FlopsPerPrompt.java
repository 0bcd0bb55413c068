package dev.qyclone.bench.tokens;

import dev.qyclone.engine.model.FeedForward;
import dev.qyclone.engine.model.LayerWeights;
import dev.qyclone.engine.model.MixtureConfig;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.tensor.Tensor;

/**
 * Multiplications and additions of a prompt: two for each weight of a layer's matrices and each id, of a mixture for the experts that are
 * used; attention's two products with the positions that each id sees; the output once, for the last id. Norms, angles, gates and
 * exponentials are left out.
 */
public final class FlopsPerPrompt {
    private FlopsPerPrompt() {
    }

    /** @param depth positions that were there before the prompt */
    public static double of(Model model, int depth, int prompt) {
        ModelConfig config = model.config();
        double sum = 2.0 * model.output().elements();
        for (int i = 0; i < config.layers(); i++) {
            int window = config.attention().window(i);
            double seen = 0;
            for (int position = depth; position < depth + prompt; position++) {
                seen += window == 0 ? position + 1 : Math.min(window, position + 1);
            }
            sum += 2.0 * prompt * matrices(model.layers().get(i), config.mixture()) + 4 * seen * config.qDim();
        }
        return sum;
    }

    private static long matrices(LayerWeights layer, MixtureConfig sizes) {
        long all = layer.tensors().mapToLong(FlopsPerPrompt::elements).sum();
        return switch (layer.ffn()) {
            case FeedForward.Dense dense -> all;
            case FeedForward.Mixture mixture -> {
                long experts = mixture.experts().stream().flatMap(FeedForward.Dense::tensors).mapToLong(Tensor::elements).sum();
                yield all - experts + experts / sizes.experts() * sizes.used();
            }
        };
    }

    private static long elements(Tensor tensor) {
        return tensor.shape().size() > 1 ? tensor.elements() : 0;
    }
}
