package dev.qyclone.profiles;

import dev.qyclone.engine.model.FeedForward;
import dev.qyclone.engine.model.LayerWeights;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The footprint that the planner works with: what each part of a model needs, told from its tensors' sizes alone. {@link Footprint} is
 * the sum of it.
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
        return new ModelNeeds(model.tokenEmbedding().bytes(), model.tied(), layers, role("output", Stream.of(model.output())),
                config.kvDim(), valueWidth, ScratchNeeds.of(config), config.context());
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
        return new WeightRole(name, bytes, Math.ceilDiv(WeightRole.grown(bytes), 4));
    }
}
