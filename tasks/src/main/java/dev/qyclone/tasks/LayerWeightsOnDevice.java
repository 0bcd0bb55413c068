package dev.qyclone.tasks;

import dev.qyclone.engine.model.FeedForward;
import dev.qyclone.engine.model.LayerWeights;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import dev.qyclone.tasks.kernels.HostArrays;
import dev.qyclone.tasks.kernels.PackedMatrix;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** The weights of layers of one kind, those of one role stacked in one array, so that the layers share each kernel. */
final class LayerWeightsOnDevice {
    final FloatArray attnNorm; // (layers, dim)
    final StackedMatrix qkv; // (layers, qDim + 2 kvDim, dim)
    final FloatArray qkvBias; // (layers, qDim + 2 kvDim)
    final StackedMatrix attnOut; // (layers, dim, qDim)
    final FloatArray ffnNorm; // (layers, dim)
    final StackedMatrix gateUp; // (layers, 2 ffnDim, dim)
    final StackedMatrix down; // (layers, dim, ffnDim)
    final MixtureOnDevice mixture; // null in dense layers; with it, gateUp and down are those of the shared expert

    /**
     * @param layers of one kind
     * @param arrays that they lie in, and that are to be filled with them
     */
    LayerWeightsOnDevice(List<LayerWeights> layers, HostArrays arrays) {
        requireIndexable(layers);
        this.attnNorm = floats(layers, layer -> List.of(layer.attnNorm()));
        this.qkv = StackedMatrix.of(of(layers, layer -> List.of(layer.q(), layer.k(), layer.v())), arrays);
        this.qkvBias = floats(layers, layer -> List.of(layer.qBias(), layer.kBias(), layer.vBias()));
        this.attnOut = StackedMatrix.of(of(layers, layer -> List.of(layer.attnOut())), arrays);
        this.ffnNorm = floats(layers, layer -> List.of(layer.ffnNorm()));
        this.gateUp = StackedMatrix.gated(of(layers, layer -> List.of(dense(layer).gate(), dense(layer).up())), arrays);
        this.down = StackedMatrix.of(of(layers, layer -> List.of(dense(layer).down())), arrays);
        this.mixture = layers.getFirst().ffn() instanceof FeedForward.Mixture
                ? MixtureOnDevice.of(layers.stream().map(layer -> (FeedForward.Mixture) layer.ffn()).toList(), arrays) : null;
    }

    /**
     * Refuses layers of one kind whose stacked weights would be longer than arrays can be, before memory is taken.
     *
     * @throws dev.qyclone.engine.error.EngineException OUT_OF_MEMORY naming the weights and how many layers they are of
     */
    static void requireIndexable(List<LayerWeights> layers) {
        LayerWeights layer = layers.getFirst();
        String of = " of " + layers.size() + " layers";
        StackedMatrix.requireIndexable("queries, keys and values" + of, layers.size(), List.of(layer.q(), layer.k(), layer.v()));
        StackedMatrix.requireIndexable("attention outputs" + of, layers.size(), List.of(layer.attnOut()));
        requireIndexable("", of, layers.size(), dense(layer));
        if (layer.ffn() instanceof FeedForward.Mixture mixture) {
            requireIndexable("experts' ", of, (long) layers.size() * mixture.experts().size(), mixture.experts().getFirst());
        }
    }

    private static void requireIndexable(String whose, String of, long slices, FeedForward.Dense weights) {
        StackedMatrix.requireIndexable(whose + "gates and ups" + of, slices, List.of(weights.gate(), weights.up()));
        StackedMatrix.requireIndexable(whose + "downs" + of, slices, List.of(weights.down()));
    }

    /** What layers must have in common to share graphs: the types of their matrices. */
    static List<TensorType> kind(LayerWeights layer) {
        Stream<TensorType> attention = Stream.of(layer.q(), layer.k(), layer.v(), layer.attnOut()).map(Tensor::type);
        return Stream.concat(attention, switch (layer.ffn()) {
            case FeedForward.Dense dense -> dense.tensors().map(Tensor::type);
            case FeedForward.Mixture mixture -> MixtureOnDevice.types(mixture);
        }).toList();
    }

    /** All of its matrices. */
    Stream<PackedMatrix> matrices() {
        Stream<StackedMatrix> all = Stream.of(qkv, attnOut, gateUp, down);
        Stream<StackedMatrix> experts = mixture == null ? Stream.of()
                : Stream.of(mixture.router(), mixture.sharedGate(), mixture.gateUp(), mixture.down());
        return Stream.concat(all, experts).flatMap(StackedMatrix::matrices);
    }

    /** The weights that every token uses. */
    private static FeedForward.Dense dense(LayerWeights layer) {
        return switch (layer.ffn()) {
            case FeedForward.Dense dense -> dense;
            case FeedForward.Mixture mixture -> mixture.shared();
        };
    }

    private static List<List<Tensor>> of(List<LayerWeights> layers, Function<LayerWeights, List<Tensor>> role) {
        return layers.stream().map(role).toList();
    }

    private static FloatArray floats(List<LayerWeights> layers, Function<LayerWeights, List<Tensor>> role) {
        long size = layers.stream().flatMap(layer -> role.apply(layer).stream()).mapToLong(Tensor::elements).sum();
        FloatArray stacked = new FloatArray(Math.toIntExact(size));
        int at = 0;
        for (LayerWeights layer : layers) {
            for (Tensor tensor : role.apply(layer)) {
                for (float value : tensor.toFloats()) {
                    stacked.set(at++, value);
                }
            }
        }
        return stacked;
    }
}
