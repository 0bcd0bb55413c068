package dev.qyclone.tasks;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.stage.AttentionPolicy;
import dev.qyclone.engine.stage.CacheSpec;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.HiddenStates;
import dev.qyclone.engine.stage.LayerStage;
import dev.qyclone.engine.stage.RopeTable;
import dev.qyclone.engine.stage.StageCache;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.tasks.kernels.Call;
import dev.qyclone.tasks.kernels.Layers;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** A run of layers on a TornadoVM device. */
final class TornadoLayerStage implements LayerStage {
    private final Device device;
    private final ModelConfig config;
    private final int firstLayer;
    private final int layerCount;
    private final StageArrays arrays;
    private final GraphChain chain;
    private final Steps enter;
    private final Steps layer;

    TornadoLayerStage(Device device, TornadoDevice tornado, Model model, int firstLayer, int layerCount, StageOptions options) {
        this.device = device;
        this.config = model.config();
        this.firstLayer = firstLayer;
        this.layerCount = layerCount;
        int context = options.contextOf(config.context());
        this.arrays = new StageArrays(config, 1);
        IntArray layers = new IntArray(layerCount * Layers.INTS);
        for (int i = 0; i < layerCount; i++) {
            layers.set(i * Layers.INTS + Layers.SLICE, i);
            layers.set(i * Layers.INTS + Layers.FIRST_ROW, i * context);
            layers.set(i * Layers.INTS + Layers.CAPACITY, context);
            layers.set(i * Layers.INTS + Layers.WINDOW, config.attention().window(firstLayer + i));
        }
        FloatArray keys = new FloatArray(layerCount * context * config.kvDim());
        FloatArray values = new FloatArray(layerCount * context * config.kvDim());
        this.chain = new GraphChain(64);
        this.enter = chain.next("enter");
        EnterGraph.describe(enter, arrays);
        this.layer = chain.next("layer");
        LayerGraph.describe(layer, config, new LayerWeightsOnDevice(model.layers().subList(firstLayer, firstLayer + layerCount)), arrays,
                layers, keys, values);
        chain.open(tornado);
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
        return layerCount;
    }

    @Override
    public StageCache openCache(CacheSpec spec) {
        return new TornadoStageCache(spec.policies().subList(firstLayer, firstLayer + layerCount));
    }

    @Override
    public void forward(StageCache cache, HiddenStates x, int position) {
        TornadoStageCache own = (TornadoStageCache) cache;
        if (own.length() != position) {
            throw new EngineException(ErrorCode.BAD_REQUEST, "layers from " + firstLayer + ": the cache does not end where the rows begin")
                    .expected(own.length()).got(position);
        }
        for (int t = 0; t < x.tokens(); t++) {
            decode(own, x, t, position + t);
        }
        own.advance(x.tokens());
    }

    private void decode(TornadoStageCache cache, HiddenStates x, int row, int position) {
        AttentionPolicy policy = cache.policy(0);
        arrays.sent.set(Call.POSITION, position);
        arrays.sent.set(Call.TOKENS, 1);
        arrays.sent.set(Call.CHUNK, policy.chunks().isNone() ? 0 : policy.chunks().length());
        arrays.sent.set(Call.SLOT, 0);
        sendAngles(policy, position);
        for (int i = 0; i < config.dim(); i++) {
            arrays.sent.set(Call.INTS + arrays.angleCount + i, x.data()[row * config.dim() + i]);
        }
        chain.run(enter);
        TornadoExecutionResult result = null;
        for (int i = 0; i < layerCount; i++) {
            result = chain.run(layer);
        }
        result.transferToHost(arrays.x);
        for (int i = 0; i < config.dim(); i++) {
            x.data()[row * config.dim() + i] = arrays.x.get(i);
        }
    }

    private void sendAngles(AttentionPolicy policy, int position) {
        RopeTable.Angles angles = policy.rope().covering(policy.ropePositions(position + 1));
        int pairs = policy.rope().pairs();
        sendAngles(angles, pairs, 0, policy.keyPosition(position), policy.keyScale().at(position));
        for (int turn = 0; turn < policy.turns(); turn++) {
            sendAngles(angles, pairs, 1 + turn, policy.queryPosition(position, turn), policy.queryScale().at(position));
        }
    }

    private void sendAngles(RopeTable.Angles angles, int pairs, int turn, int position, float scale) {
        int at = Call.INTS + turn * 2 * pairs;
        for (int i = 0; i < pairs; i++) {
            arrays.sent.set(at + i, scale * angles.cos()[position * pairs + i]);
            arrays.sent.set(at + pairs + i, scale * angles.sin()[position * pairs + i]);
        }
    }

    @Override
    public void close() {
        chain.close();
    }
}
