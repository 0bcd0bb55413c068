package dev.qyclone.profiles;

import dev.qyclone.engine.generation.SessionOptions;
import dev.qyclone.engine.model.LayerWeights;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.ops.KvCache;
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
 * @param windows for each layer how many positions a query sees, 0 for all; empty where all layers see all
 */
public record Footprint(long embedding, List<Long> layers, long output, long kvPerPosition, List<Integer> windows) {
    /** Positions that a windowed layer holds besides its window: a prefill batch, and whole pages at both ends. */
    private static final int RING_SLACK = SessionOptions.DEFAULT_BATCH + 2 * KvCache.PAGE;

    public Footprint {
        layers = List.copyOf(layers);
        windows = List.copyOf(windows);
    }

    /** The footprint of an opened model; its weights are not read. */
    public static Footprint of(Model model, KvType kvType) {
        long output = model.outputNorm().bytes() + (model.tied() ? 0 : model.output().bytes());
        return new Footprint(
                model.tokenEmbedding().bytes(), model.layers().stream().map(Footprint::layerBytes).toList(), output,
                2L * model.config().kvDim() * kvType.bytes(), model.config().attention().windows());
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
        long held = (long) positions * (layers.size() - windows.size());
        for (int window : windows) {
            held += window == 0 ? positions : Math.min(positions, (long) window + RING_SLACK);
        }
        return kvPerPosition * held;
    }

    /** How many positions' keys and values fit into {@code bytes}, at most {@code most}. */
    public int positionsIn(long bytes, int most) {
        int fits = 0;
        for (int step = Integer.highestOneBit(most); step > 0; step /= 2) {
            if (fits + step <= most && kv(fits + step) <= bytes) {
                fits += step;
            }
        }
        return fits;
    }
}
