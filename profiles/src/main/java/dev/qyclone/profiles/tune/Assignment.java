package dev.qyclone.profiles.tune;

import java.util.List;

/**
 * A device for everything, as places in a list of devices.
 *
 * @param layers for each layer
 */
public record Assignment(int embedding, List<Integer> layers, int output) {
    public Assignment {
        layers = List.copyOf(layers);
        if (layers.isEmpty()) {
            throw new IllegalArgumentException("no layers");
        }
    }

    /** The device before layer {@code layer}: the one of the layer below, or of the embedding. */
    int before(int layer) {
        return layer == 0 ? embedding : layers.get(layer - 1);
    }
}
