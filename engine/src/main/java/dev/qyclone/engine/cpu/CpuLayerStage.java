package dev.qyclone.engine.cpu;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.LayerWeights;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.ops.Ops;
import dev.qyclone.engine.ops.PreparedWeights;
import dev.qyclone.engine.stage.CacheSpec;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.HiddenStates;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.LayerStage;
import dev.qyclone.engine.stage.Pipeline;
import dev.qyclone.engine.stage.StageCache;
import dev.qyclone.engine.stage.StageFailure;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.engine.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;

/** A run of layers on the host, over weights where the file is mapped, or over copies for decode. */
final class CpuLayerStage implements LayerStage {
    private final Device device;
    private final ModelConfig config;
    private final Ops ops;
    private final KvType kvType;
    private final int firstLayer;
    private final List<CpuLayer> layers;
    private final CpuScratch scratch;
    private final PreparedWeights prepared;

    CpuLayerStage(Device device, Model model, Ops ops, int firstLayer, int count, StageOptions options) {
        this.kvType = options.kvType();
        this.device = device;
        this.config = model.config();
        this.ops = ops;
        this.firstLayer = firstLayer;
        this.layers = IntStream.range(firstLayer, firstLayer + count)
                .mapToObj(layer -> new CpuLayer(config, model.layers().get(layer))).toList();
        this.scratch = new CpuScratch(config);
        this.prepared = options.repack()
                ? ops.prepare(weights(model, firstLayer, count), options.exactFor(config))
                : PreparedWeights.NONE;
    }

    private static List<Tensor> weights(Model model, int firstLayer, int count) {
        return model.layers().subList(firstLayer, firstLayer + count).stream().flatMap(LayerWeights::tensors).toList();
    }

    @Override
    public Device device() {
        return device;
    }

    @Override
    public int firstLayer() {
        return firstLayer;
    }

    @Override
    public int layerCount() {
        return layers.size();
    }

    @Override
    public StageCache openCache(CacheSpec spec) {
        return new CpuStageCache(config, spec, kvType, firstLayer, layers.size());
    }

    @Override
    public void forward(StageCache cache, HiddenStates x, int position) {
        CpuStageCache own = (CpuStageCache) cache;
        if (own.length() != position) {
            throw new EngineException(ErrorCode.BAD_REQUEST, "layers from " + firstLayer + ": the cache does not end where the rows begin")
                    .expected(own.length()).got(position);
        }
        scratch.reserve(x.tokens());
        for (int i = 0; i < layers.size(); i++) {
            try {
                layers.get(i).forward(ops, scratch, own.layer(i), own.policy(i), x.data(), x.tokens(), position);
            } catch (RuntimeException | Error e) {
                throw StageFailure.of(words(i), device, e);
            }
            int bad = x.firstNonFinite();
            if (bad >= 0) {
                throw Pipeline.nonFinite("the output of " + words(i), "row " + bad / x.dim() + ", column " + bad % x.dim(), x.data()[bad]);
            }
        }
    }

    private String words(int index) {
        return "layer " + (firstLayer + index) + " on " + device.id();
    }

    /** What is stored belongs to the model, caches to their sessions. */
    @Override
    public void close() {
        prepared.close();
    }
}
