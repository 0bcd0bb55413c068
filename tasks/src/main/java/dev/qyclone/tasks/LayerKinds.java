package dev.qyclone.tasks;

import dev.qyclone.engine.model.LayerWeights;
import dev.qyclone.engine.tensor.TensorType;
import dev.qyclone.tasks.kernels.HostArrays;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Layers whose matrices have the same types are of one kind: their weights are stacked, and one graph runs them.
 *
 * @param kindOf each layer
 */
record LayerKinds(int count, List<Integer> kindOf) {
    static LayerKinds of(List<LayerWeights> layers) {
        List<List<TensorType>> kinds = new ArrayList<>();
        List<Integer> kindOf = new ArrayList<>();
        for (LayerWeights layer : layers) {
            List<TensorType> kind = LayerWeightsOnDevice.kind(layer);
            if (!kinds.contains(kind)) {
                kinds.add(kind);
            }
            kindOf.add(kinds.indexOf(kind));
        }
        return new LayerKinds(kinds.size(), List.copyOf(kindOf));
    }

    /** The first layer of each kind. */
    List<Integer> firsts() {
        return IntStream.range(0, count).mapToObj(kindOf::indexOf).toList();
    }

    /** The last layer of each kind. */
    List<Integer> lasts() {
        return IntStream.range(0, count).mapToObj(kindOf::lastIndexOf).toList();
    }

    /** The place of each layer among those of its kind. */
    int[] slices() {
        return IntStream.range(0, kindOf.size())
                .map(layer -> (int) kindOf.subList(0, layer).stream().filter(kindOf.get(layer)::equals).count()).toArray();
    }

    /** The weights of each kind. */
    List<LayerWeightsOnDevice> weights(List<LayerWeights> layers, HostArrays arrays) {
        return IntStream.range(0, count).mapToObj(kind -> new LayerWeightsOnDevice(IntStream.range(0, layers.size())
                .filter(layer -> kindOf.get(layer) == kind).mapToObj(layers::get).toList(), arrays)).toList();
    }
}
