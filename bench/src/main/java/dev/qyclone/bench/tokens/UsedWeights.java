package dev.qyclone.bench.tokens;

import dev.qyclone.engine.model.FeedForward;
import dev.qyclone.engine.model.LayerWeights;
import dev.qyclone.engine.model.MixtureConfig;
import dev.qyclone.engine.tensor.Tensor;
import java.util.function.ToLongFunction;

/** The weights of a layer that one token uses: all, but of a mixture only the experts that it is sent to. */
public final class UsedWeights {
    private UsedWeights() {
    }

    /** Stored bytes. */
    public static long bytes(LayerWeights layer, MixtureConfig sizes) {
        return sum(layer, sizes, Tensor::bytes);
    }

    /** Elements of matrices, each of which is multiplied once; norms and biases are left out. */
    public static long elements(LayerWeights layer, MixtureConfig sizes) {
        return sum(layer, sizes, tensor -> tensor.shape().size() > 1 ? tensor.elements() : 0);
    }

    private static long sum(LayerWeights layer, MixtureConfig sizes, ToLongFunction<Tensor> size) {
        long all = layer.tensors().mapToLong(size).sum();
        return switch (layer.ffn()) {
            case FeedForward.Dense dense -> all;
            case FeedForward.Mixture mixture -> {
                long experts = mixture.experts().stream().flatMap(FeedForward.Dense::tensors).mapToLong(size).sum();
                yield all - experts + experts / sizes.experts() * sizes.used();
            }
        };
    }
}
