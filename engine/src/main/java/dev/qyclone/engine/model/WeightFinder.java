package dev.qyclone.engine.model;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Finds every weight of a model under its name in the source, and compares its shape with the configuration. */
final class WeightFinder {
    private final ModelSource source;
    private final ModelConfig config;

    WeightFinder(ModelSource source, ModelConfig config) {
        this.source = source;
        this.config = config;
    }

    boolean has(TensorName name, Object... indices) {
        String spelled = name.in(source, config.architecture(), indices);
        return spelled != null && source.weights().tensors().containsKey(spelled);
    }

    Tensor require(TensorName name, int layer, long... shape) {
        return shaped(source.weights().require(name.in(source, config.architecture(), layer)), shape);
    }

    LayerWeights layer(int layer) {
        long dim = config.dim();
        long qDim = config.qDim();
        long kvDim = config.kvDim();
        boolean fused = has(TensorName.QKV, layer);
        Tensor qkv = fused ? require(TensorName.QKV, layer, qDim + 2 * kvDim, dim) : null;
        Tensor qkvBias = fused ? require(TensorName.QKV_BIAS, layer, qDim + 2 * kvDim) : null;
        return new LayerWeights(
                require(TensorName.ATTN_NORM, layer, dim),
                fused ? qkv.rows(0, qDim) : require(TensorName.Q, layer, qDim, dim),
                fused ? qkvBias.rows(0, qDim) : require(TensorName.Q_BIAS, layer, qDim),
                fused ? qkv.rows(qDim, kvDim) : require(TensorName.K, layer, kvDim, dim),
                fused ? qkvBias.rows(qDim, kvDim) : require(TensorName.K_BIAS, layer, kvDim),
                fused ? qkv.rows(qDim + kvDim, kvDim) : require(TensorName.V, layer, kvDim, dim),
                fused ? qkvBias.rows(qDim + kvDim, kvDim) : require(TensorName.V_BIAS, layer, kvDim),
                require(TensorName.ATTN_OUT, layer, dim, qDim),
                require(TensorName.FFN_NORM, layer, dim),
                config.mixture().experts() > 0 ? mixture(layer) : dense(layer));
    }

    private FeedForward.Dense dense(int layer) {
        long dim = config.dim();
        long ffnDim = config.ffnDim();
        return new FeedForward.Dense(
                require(TensorName.GATE, layer, ffnDim, dim),
                require(TensorName.UP, layer, ffnDim, dim),
                require(TensorName.DOWN, layer, dim, ffnDim));
    }

    private FeedForward.Mixture mixture(int layer) {
        long dim = config.dim();
        MixtureConfig sizes = config.mixture();
        List<FeedForward.Dense> experts = IntStream.range(0, sizes.experts()).mapToObj(expert -> new FeedForward.Dense(
                expert(TensorName.EXPERT_GATE, layer, expert, sizes.expertDim(), dim),
                expert(TensorName.EXPERT_UP, layer, expert, sizes.expertDim(), dim),
                expert(TensorName.EXPERT_DOWN, layer, expert, dim, sizes.expertDim()))).toList();
        FeedForward.Dense shared = new FeedForward.Dense(
                require(TensorName.SHARED_GATE, layer, sizes.sharedDim(), dim),
                require(TensorName.SHARED_UP, layer, sizes.sharedDim(), dim),
                require(TensorName.SHARED_DOWN, layer, dim, sizes.sharedDim()));
        Tensor sharedGate = source.weights().require(TensorName.SHARED_ROUTER.in(source, config.architecture(), layer));
        if (sharedGate.shape().size() == 1) {
            sharedGate = new Tensor(sharedGate.name(), sharedGate.type(), new long[] {1, sharedGate.cols()}, sharedGate.data());
        }
        return new FeedForward.Mixture(
                require(TensorName.ROUTER, layer, sizes.experts(), dim), experts, shaped(sharedGate, 1, dim), shared);
    }

    private Tensor expert(TensorName name, int layer, int expert, long rows, long cols) {
        return switch (source) {
            case ModelSource.Gguf gguf -> require(name, layer, config.mixture().experts(), rows, cols).slice(expert);
            case ModelSource.Folder folder ->
                    shaped(source.weights().require(name.in(source, config.architecture(), layer, expert)), rows, cols);
        };
    }

    private Tensor shaped(Tensor tensor, long... shape) {
        if (!tensor.shape().equals(Arrays.stream(shape).boxed().toList())) {
            throw new EngineException(ErrorCode.BAD_MODEL, source.path() + ": tensor " + tensor.name() + " has the wrong shape")
                    .expected(Arrays.toString(shape) + " from the configuration").got(tensor.shape())
                    .remedy("convert or download the model again");
        }
        return tensor;
    }
}
