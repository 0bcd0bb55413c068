package dev.qyclone.tasks;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.LayerWeights;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.stage.AttentionPolicies;
import dev.qyclone.engine.stage.AttentionPolicy;
import dev.qyclone.engine.stage.CacheSpec;
import dev.qyclone.engine.stage.CheckRow;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.HiddenStates;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.LayerStage;
import dev.qyclone.engine.stage.Pipeline;
import dev.qyclone.engine.stage.StageCache;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.tasks.kernels.HostArrays;
import dev.qyclone.tasks.kernels.PanelProducts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import uk.ac.manchester.tornado.api.common.TornadoDevice;

/** A run of layers on a TornadoVM device: their weights, the rows of some sessions, and a path for calls. */
final class TornadoLayerStage implements LayerStage {
    /** Rows of a prefill call; plans know of it as {@code DeviceFacts.mostRows}. */
    static final int BATCH = 128;
    /** Fewer rows than these go one by one. */
    private static final int FEW = 4;

    private final Device device;
    private final ModelConfig config;
    private final int firstLayer;
    private final int layerCount;
    private final int context;
    private final GraphChain chain;
    private final HostArrays arrays;
    private final DeviceMemory.Share share;
    private final CallPath decode;
    private final CallPath prefill;
    private final KvSlots slots;
    private final KvMoves moves;
    private final boolean mixed;

    private TornadoLayerStage(
            Device device, TornadoDevice tornado, DeviceMemory memory, Model model, int firstLayer, int layerCount, StageOptions options,
            HostArrays arrays, GraphTools tools) {
        this.device = device;
        this.config = model.config();
        this.firstLayer = firstLayer;
        this.layerCount = layerCount;
        this.arrays = arrays;
        this.context = options.contextOf(config.context());
        List<LayerWeights> own = model.layers().subList(firstLayer, firstLayer + layerCount);
        LayerKinds kinds = LayerKinds.of(own);
        int batch = PanelProducts.tokens(Math.min(BATCH, options.batch()));
        List<LayerWeightsOnDevice> weights = kinds.weights(own, arrays);
        long weightBytes = arrays.bytes();
        KvPool pool = new KvPool(config, firstLayer, kinds.slices(), options.withBatch(batch), arrays);
        arrays.begin();
        KernelForms forms = KernelForms.of(options.kernels(), device, config.headDim());
        this.mixed = forms.mixed();
        BatchArrays batchArrays = new BatchArrays(config, weights, batch, forms, arrays);
        this.chain = new GraphChain(forms.groups(), tools);
        PieceUpload.begin(chain, weights.stream().flatMap(LayerWeightsOnDevice::matrices), arrays);
        Description byToken = (kind, layer, steps) -> {
            if (kind == 0) {
                layer.reserve(pool.keys, pool.values).own(pool.layers, steps.qkv, steps.turned, steps.attended, steps.gated);
            }
            LayerGraph.describe(layer, config, weights.get(kind), steps, pool, forms);
        };
        Description byBatch = (kind, layer, steps) -> {
            if (kind == 0) {
                layer.reserve(pool.keys, pool.values).own(pool.layers, steps.qkv, steps.turned, steps.attended, steps.gated);
                batchArrays.placeIn(layer);
            }
            BatchGraph.describe(layer, config, weights.get(kind), steps, batchArrays, pool, forms);
        };
        if (config.mixture().experts() > 0 || forms.family() == KernelFamily.FPGA) {
            this.decode = path("decode", 1, kinds, chain::next, byToken);
            this.prefill = forms.family() == KernelFamily.FPGA ? decode : path("prefill", batch, kinds, chain::next, byBatch);
        } else {
            this.prefill = path("prefill", batch, kinds, chain::next, byBatch);
            this.decode = path("decode", 1, kinds, chain::late, byToken); // compiled for the first token that goes alone
        }
        this.moves = new KvMoves(chain, pool);
        this.slots = new KvSlots(pool, moves, options.sessions());
        this.share = memory.take(layers(), bytes(pool, weightBytes), chain.bytes().getMax());
        try {
            chain.open(tornado, () -> {
                decode.idle();
                prefill.idle();
                moves.idle();
            }, arrays);
        } catch (RuntimeException | Error e) {
            share.giveBack();
            throw e;
        }
    }

    /**
     * Opens a stage and checks its kernels, unless they passed before.
     *
     * @throws EngineException DEVICE_WRONG if a kernel's numbers are not those of the reference; nothing stays open then
     */
    static TornadoLayerStage open(
            Device device, TornadoDevice tornado, DeviceMemory memory, Model model, int firstLayer, int layerCount, StageOptions options,
            PassedChecks passed, GraphTools tools) {
        TornadoLayerStage stage = unchecked(device, tornado, memory, model, firstLayer, layerCount, options, tools);
        try {
            stage.requireRight(model, options, passed);
        } catch (RuntimeException | Error e) {
            stage.closeAfter(e);
            throw e;
        }
        return stage;
    }

    /** Opens a stage whose kernels are still to be checked. */
    static TornadoLayerStage unchecked(
            Device device, TornadoDevice tornado, DeviceMemory memory, Model model, int firstLayer, int layerCount, StageOptions options) {
        return unchecked(device, tornado, memory, model, firstLayer, layerCount, options, GraphTools.plain());
    }

    /** The same, with tools of the caller. */
    static TornadoLayerStage unchecked(
            Device device, TornadoDevice tornado, DeviceMemory memory, Model model, int firstLayer, int layerCount, StageOptions options,
            GraphTools tools) {
        return unchecked(device, tornado, memory, model, firstLayer, layerCount, options, tools, new HostArrays());
    }

    /** @param arrays where its weights lie on the host until the device has them; given back with the stage */
    static TornadoLayerStage unchecked(
            Device device, TornadoDevice tornado, DeviceMemory memory, Model model, int firstLayer, int layerCount, StageOptions options,
            GraphTools tools, HostArrays arrays) {
        try {
            return new TornadoLayerStage(device, tornado, memory, model, firstLayer, layerCount, options, arrays, tools);
        } catch (RuntimeException | Error e) {
            arrays.close();
            throw e;
        }
    }

    private String layers() {
        return "layers " + firstLayer + "-" + (firstLayer + layerCount - 1);
    }

    /** What the stage takes on the device, by what it is for. */
    private Map<String, Long> bytes(KvPool pool, long weights) {
        Map<String, Long> parts = new LinkedHashMap<>();
        parts.put("weights", weights);
        parts.put("keys and values", pool.bytes());
        parts.put("working arrays", chain.bytes().getSum() - weights - pool.bytes());
        return parts;
    }

    /**
     * Each kind of layer has graphs of its own, so one of each is checked; and the last of each, whose weights and rows lie farthest
     * from the beginning of their arrays.
     */
    private void requireRight(Model model, StageOptions options, PassedChecks passed) {
        LayerKinds kinds = LayerKinds.of(model.layers().subList(firstLayer, firstLayer + layerCount));
        for (int kind = 0; kind < kinds.count(); kind++) {
            int first = kinds.firsts().get(kind);
            int last = kinds.lasts().get(kind);
            List<String> facts = facts(model, firstLayer + first, options);
            if (passed.has(facts)) {
                continue;
            }
            StageCheck.require(device, check(model, first, options, false));
            if (last > first) {
                StageCheck.require(device, StageCheck.farther(checked(model, last, options), "layer " + (firstLayer + last)));
            }
            passed.keep(facts);
        }
    }

    /** Compares the steps of one of its layers with the reference; no session has begun yet. */
    List<CheckRow> check(Model model, int layer, StageOptions options, boolean rates) {
        return StageCheck.run(checked(model, layer, options), rates);
    }

    /** A layer, as it is to be checked. */
    CheckedLayer checked(Model model, int layer, StageOptions options) {
        AttentionPolicy policy = new AttentionPolicies(config).forPrompt(1).get(firstLayer + layer);
        return new CheckedLayer(config, model.layers().get(firstLayer + layer), policy, options, layer, prefill, decode, slots.pool(),
                moves);
    }

    /** How many of its kernels were not compiled before. */
    int newKernels() {
        return chain.newKernels();
    }

    /** Items that a step of a call with a single row starts, and those of one of its work-groups. */
    long[] work(String step) {
        return decode.work(step);
    }

    /** Its rows, as they lie on the device. */
    KvSlots slots() {
        return slots;
    }

    /** Indices fail at powers of two, if at all: a longer context of the same magnitude is no other case. */
    private static int magnitude(long bytes) {
        return Long.SIZE - Long.numberOfLeadingZeros(bytes);
    }

    private List<String> facts(Model model, int layer, StageOptions options) {
        return List.of(device.id(), device.vendor(), device.name(), device.facts().toString(), device.note(),
                config.withContext(1).toString(),
                model.layers().get(layer).tensors().map(Tensor::type).toList().toString(),
                options.kvType().name(), options.kernels().toString(), "types in one launch: " + mixed, chain.origin(),
                prefill.tokens() + " rows", layerCount + " layers", "rows below byte 2^" + magnitude(slots.pool().bytes()));
    }

    /** Describes the graph of one kind of layers. */
    @FunctionalInterface
    private interface Description {
        void describe(int kind, Steps layer, StageArrays steps);
    }

    /** @param begin begins a graph of the chain */
    private CallPath path(String name, int tokens, LayerKinds kinds, Function<String, Steps> begin, Description description) {
        StageArrays steps = new StageArrays(config, tokens);
        Steps enter = begin.apply(name + "Enter");
        EnterGraph.describe(enter, steps);
        List<Steps> graphs = new ArrayList<>();
        for (int kind = 0; kind < kinds.count(); kind++) {
            Steps layer = begin.apply(name + "Layer" + (kind == 0 ? "" : kind + 1));
            description.describe(kind, layer, steps);
            graphs.add(layer);
        }
        return new CallPath(chain, config, steps, enter, kinds.kindOf().stream().map(graphs::get).toList());
    }

    /** Kernels that each layer launches for a call with a single row. */
    List<Integer> launchesOfLayers() {
        return decode.launchesOfLayers();
    }

    /** How many graphs its calls have run: one to take a call's rows and one for each layer, whatever the number of rows. */
    long graphs() {
        return prefill == decode ? decode.graphs() : prefill.graphs() + decode.graphs();
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
        if (spec.context() > context) {
            throw new EngineException(ErrorCode.BAD_REQUEST, "layers from " + firstLayer + " on " + device.id()
                    + " were opened for fewer positions").expected("at most " + context).got(spec.context())
                    .remedy("open the stage with the context that its sessions need");
        }
        return new TornadoStageCache(slots, spec.context(), spec.policies().subList(firstLayer, firstLayer + layerCount));
    }

    @Override
    public void forward(StageCache cache, HiddenStates x, int position) {
        TornadoStageCache own = (TornadoStageCache) cache;
        if (own.length() != position) {
            throw new EngineException(ErrorCode.BAD_REQUEST, "layers from " + firstLayer + ": the cache does not end where the rows begin")
                    .expected(own.length()).got(position);
        }
        if (x.tokens() > own.context() - position) {
            throw new EngineException(ErrorCode.CONTEXT_FULL, "layers from " + firstLayer + " on " + device.id() + ": the context is full")
                    .expected("at most " + own.context() + " positions").got((long) position + x.tokens())
                    .remedy("choose a larger context or a shorter prompt");
        }
        synchronized (slots) { // a session of another thread may close or copy its rows meanwhile
            run(own, x, position);
        }
    }

    private void run(TornadoStageCache own, HiddenStates x, int position) {
        int slot = slots.activate(own);
        int row = 0;
        while (row < x.tokens()) {
            int left = x.tokens() - row;
            CallPath path = left < FEW ? decode : prefill;
            int count = Math.min(path.tokens(), left);
            forward(path, own, x, row, count, slot, position + row);
            row += count;
        }
    }

    private void forward(CallPath path, TornadoStageCache cache, HiddenStates x, int row, int count, int slot, int position) {
        float[] input = Arrays.copyOfRange(x.data(), row * x.dim(), (row + count) * x.dim());
        AttentionPolicy policy = cache.policy(0); // rotary table, scales and chunks are those of all layers; windows lie in the pool
        path.forward(x, row, count, policy, slot, position);
        for (int i = row * x.dim(); i < (row + count) * x.dim(); i++) {
            if (!Float.isFinite(x.data()[i])) {
                int layer = path.firstNonFiniteLayer(input, count, policy, slot, position);
                String where = layer < 0 ? layers() : "layer " + (firstLayer + layer);
                throw Pipeline.nonFinite("the output of " + where + " on " + device.id(),
                        "row " + i / x.dim() + ", column " + i % x.dim(), x.data()[i]);
            }
        }
        cache.advance(count);
    }

    private void closeAfter(Throwable reason) {
        try {
            close();
        } catch (RuntimeException | Error e) {
            reason.addSuppressed(e);
        }
    }

    @Override
    public void close() {
        try {
            chain.close();
        } finally {
            arrays.close();
            share.giveBack();
        }
    }
}
