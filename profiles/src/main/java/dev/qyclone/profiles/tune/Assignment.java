package dev.qyclone.profiles.tune;

import java.util.List;
import java.util.Set;

/**
 * A device for everything, as places in a list of devices.
 *
 * @param layers for each layer
 * @param splits layers that begin a stage though the layer below is on the same device, whose arrays hold no more
 */
public record Assignment(int embedding, List<Integer> layers, int output, Set<Integer> splits) {
    public Assignment {
        layers = List.copyOf(layers);
        splits = Set.copyOf(splits);
        if (layers.isEmpty()) {
            throw new IllegalArgumentException("no layers");
        }
    }

    /** Neighbours on one device are one stage. */
    public Assignment(int embedding, List<Integer> layers, int output) {
        this(embedding, layers, output, Set.of());
    }

    /** The device before layer {@code layer}: the one of the layer below, or of the embedding. */
    int before(int layer) {
        return layer == 0 ? embedding : layers.get(layer - 1);
    }

    /** Whether a stage begins with a layer. */
    boolean begins(int layer) {
        return layer == 0 || before(layer) != layers.get(layer) || splits.contains(layer);
    }
}
