package dev.qyclone.profiles;

import dev.qyclone.engine.model.LayerWeights;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.tensor.Tensor;
import java.util.List;

/**
 * What a model takes, in bytes, told from its tensors' sizes alone.
 *
 * @param embedding the token embedding
 * @param layers the weights of each layer
 * @param output final norm and output matrix; a tied matrix is counted as the embedding only
 * @param kvPerPosition keys and values of one position in one layer
 */
public record Footprint(long embedding, List<Long> layers, long output, long kvPerPosition) {
    public Footprint {
        layers = List.copyOf(layers);
    }

    /** The footprint of an opened model; its weights are not read. */
    public static Footprint of(Model model, KvType kvType) {
        long output = model.outputNorm().bytes() + (model.tied() ? 0 : model.output().bytes());
        return new Footprint(
                model.tokenEmbedding().bytes(), model.layers().stream().map(Footprint::layerBytes).toList(), output,
                2L * model.config().kvDim() * kvType.bytes());
    }

    private static long layerBytes(LayerWeights weights) {
        return weights.tensors().mapToLong(Tensor::bytes).sum();
    }

    /** All weights. */
    public long weights() {
        return embedding + output + layers.stream().mapToLong(Long::longValue).sum();
    }

    /** Keys and values of all layers for {@code positions} positions. */
    public long kv(int positions) {
        return kvPerPosition * layers.size() * positions;
    }
}
