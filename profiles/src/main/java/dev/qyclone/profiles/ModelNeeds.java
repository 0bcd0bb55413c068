package dev.qyclone.profiles;

import dev.qyclone.engine.cpu.CpuBackend;
import dev.qyclone.engine.model.FeedForward;
import dev.qyclone.engine.model.LayerWeights;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.ops.KvCache;
import dev.qyclone.engine.ops.PreparedWeights;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A model's footprint: what each part of it needs, told from its tensors' sizes alone. Plans, the tuner, {@code inspect} and
 * {@code bench} all count with it.
 *
 * @param embedding bytes of the token embedding
 * @param tied whether the embedding serves as output matrix too
 * @param output the output matrix, tied or not
 * @param keyWidth elements of one position's key in one layer
 * @param valueWidth elements of one position's value in one layer, padded to whole vectors
 * @param context positions that the model was made for
 */
public record ModelNeeds(
        long embedding, boolean tied, List<LayerNeeds> layers, WeightRole output, int keyWidth, int valueWidth, ScratchNeeds scratch,
        int context) {
    /** Values of a head are padded to a multiple of this on the host, and to half of it elsewhere. */
    private static final int VALUE_GRAIN = 32;
    /** Positions that a device other than the host keeps together. */
    private static final int DEVICE_PAGE = 16;
    /** Rows that such a device computes together. */
    private static final int ROW_GROUP = 8;

    public ModelNeeds {
        layers = List.copyOf(layers);
        if (layers.isEmpty()) {
            throw new IllegalArgumentException("no layers");
        }
    }

    /** The needs of an opened model, with the windows that its attention has now; its weights are not read. */
    public static ModelNeeds of(Model model) {
        ModelConfig config = model.config();
        List<LayerNeeds> layers = IntStream.range(0, config.layers())
                .mapToObj(layer -> new LayerNeeds(roles(model.layers().get(layer)), config.attention().window(layer))).toList();
        int valueWidth = config.kvHeads() * Math.ceilDiv(config.headDim(), VALUE_GRAIN) * VALUE_GRAIN;
        boolean floats = model.layers().stream().flatMap(LayerWeights::tensors).allMatch(tensor -> tensor.type() == TensorType.F32);
        WeightRole output = role("output", Stream.of(model.output()));
        ScratchNeeds scratch = ScratchNeeds.of(config, floats, layers.stream().mapToLong(LayerNeeds::copied).sum(), output.copied());
        return new ModelNeeds(model.tokenEmbedding().bytes(), model.tied(), layers, output, config.kvDim(), valueWidth, scratch,
                config.context());
    }

    /**
     * Positions that one session holds in a layer: all, or a window, the largest call and whole pages at both ends.
     *
     * @param options their context is not 0
     */
    long rows(int layer, Device device, StageOptions options) {
        return Machine.isHost(device) ? rows(layer, KvCache.PAGE, options.batch(), options.context())
                : rows(layer, DEVICE_PAGE, deviceBatch(device, options), options.context());
    }

    private long rows(int layer, long page, long batch, int context) {
        int window = layers.get(layer).window();
        long needed = window == 0 ? context : Math.min(context, window + batch + 2 * page);
        return Math.ceilDiv(needed, page) * page;
    }

    /** Rows of the largest call that reaches a device at once, in whole groups. */
    private static long deviceBatch(Device device, StageOptions options) {
        int most = device.facts().mostRows();
        int rows = most == 0 ? options.batch() : Math.min(most, options.batch());
        return Math.ceilDiv(rows, ROW_GROUP) * ROW_GROUP;
    }

    /** Keys and values of a layer for all sessions of a stage, in bytes. */
    public long kv(int layer, Device device, StageOptions options) {
        return kv(rows(layer, device, options), options);
    }

    private long kv(long rows, StageOptions options) {
        return rows * options.sessions() * (keyWidth + valueWidth) * options.kvType().bytes();
    }

    /** Keys and values of all layers on the host, in bytes. */
    public long hostKv(StageOptions options) {
        return IntStream.range(0, layers.size()).mapToLong(layer ->
                kv(rows(layer, KvCache.PAGE, options.batch(), options.context()), options)).sum();
    }

    /** Keys and values that a query at the end of {@code positions} reads in all layers, in bytes, without padding. */
    public long seenKv(int positions, KvType type) {
        return 2L * keyWidth * type.bytes() * layers.stream()
                .mapToLong(layer -> layer.window() == 0 ? positions : Math.min(positions, layer.window())).sum();
    }

    /** Bytes of a layer's weights that lie in a device's own memory; the host reads them where the file is mapped. */
    public long copied(int layer, Device device) {
        return Machine.isHost(device) ? 0 : layers.get(layer).copied();
    }

    /** Bytes of a layer's weights that the host reads where the file is mapped. */
    public long mapped(int layer, Device device) {
        return Machine.isHost(device) ? layers.get(layer).weights() : 0;
    }

    /** Working memory of a run of layers, in bytes. */
    public long scratch(Device device, StageOptions options) {
        if (Machine.isHost(device)) {
            return scratch.hostRow() * options.batch();
        }
        long row = scratch.deviceRow() + (unpacks(device, options) ? scratch.unpackedRow() : 0);
        return row * deviceBatch(device, options) + scratch.deviceFixed() + unpacked(device, options);
    }

    /** Working memory of the output, in bytes. */
    public long outputScratch(Device device) {
        return scratch.output() + (Machine.isHost(device) ? 0 : scratch.deviceOutput());
    }

    /** Bytes of the largest matrix as a device unpacks it for calls of many rows; 0 where none is. */
    long unpacked(Device device, StageOptions options) {
        return unpacks(device, options) ? scratch.unpackedMatrix() : 0;
    }

    /** Work-groups of a size that somebody asks for may be too small for kernels that read packed weights. */
    private static boolean unpacks(Device device, StageOptions options) {
        KernelChoice kernels = options.kernels();
        return !Machine.isHost(device) && !(kernels.workGroup() == 0 && device.facts().packedPrompts().contains(kernels.family()));
    }

    /** Bytes of the output matrix that are copied to a device. */
    public long copiedOutput(Device device) {
        return Machine.isHost(device) ? 0 : output.copied();
    }

    /** Bytes of the output matrix that the host maps besides the embedding. */
    public long mappedOutput(Device device) {
        return Machine.isHost(device) && !tied ? output.bytes() : 0;
    }

    /** Bytes of copies of a layer's weights that {@code device} may keep for decode: the host that computes with vectors. */
    public long repacked(int layer, Device device) {
        return repacks(device) ? layers.get(layer).repacked() : 0;
    }

    /** As {@link #repacked}, of the output matrix. */
    public long repackedOutput(Device device) {
        return repacks(device) ? output.repacked() : 0;
    }

    private static boolean repacks(Device device) {
        return device.id().equals(CpuBackend.CPU);
    }

    /** Copies of all weights that the host may keep for decode. */
    public long repackedBytes() {
        return layers.stream().mapToLong(LayerNeeds::repacked).sum() + output.repacked();
    }

    /** All weights, as the host maps them. */
    public long mappedBytes() {
        return embedding + layers.stream().mapToLong(LayerNeeds::weights).sum() + (tied ? 0 : output.bytes());
    }

    /** As they lie on a device: those of one role of all layers in one array. */
    private static List<WeightRole> roles(LayerWeights layer) {
        List<WeightRole> roles = new ArrayList<>();
        roles.add(role("attn_norm", Stream.of(layer.attnNorm())));
        roles.add(role("qkv", Stream.of(layer.q(), layer.k(), layer.v())));
        roles.add(role("qkv_bias", Stream.of(layer.qBias(), layer.kBias(), layer.vBias())));
        roles.add(role("attn_out", Stream.of(layer.attnOut())));
        roles.add(role("ffn_norm", Stream.of(layer.ffnNorm())));
        switch (layer.ffn()) {
            case FeedForward.Dense dense -> addDense(roles, "", List.of(dense));
            case FeedForward.Mixture mixture -> {
                roles.add(role("router", Stream.of(mixture.router())));
                addDense(roles, "_exps", mixture.experts());
                roles.add(role("shared_gate", Stream.of(mixture.sharedGate())));
                addDense(roles, "_shared", List.of(mixture.shared()));
            }
        }
        return roles;
    }

    private static void addDense(List<WeightRole> roles, String suffix, List<FeedForward.Dense> parts) {
        if (parts.getFirst().gate().type() == parts.getFirst().up().type()) {
            roles.add(role("gate_up" + suffix, parts.stream().flatMap(part -> Stream.of(part.gate(), part.up()))));
        } else {
            roles.add(role("gate" + suffix, parts.stream().map(FeedForward.Dense::gate)));
            roles.add(role("up" + suffix, parts.stream().map(FeedForward.Dense::up)));
        }
        roles.add(role("down" + suffix, parts.stream().map(FeedForward.Dense::down)));
    }

    private static WeightRole role(String name, Stream<Tensor> tensors) {
        List<Tensor> all = tensors.toList();
        long bytes = all.stream().mapToLong(Tensor::bytes).sum();
        // On a device every type of weight lies in arrays of 32-bit words.
        long repacked = all.stream().mapToLong(PreparedWeights::bytesOf).sum();
        return new WeightRole(name, bytes, Math.ceilDiv(WeightRole.grown(bytes), 4), repacked);
    }
}
