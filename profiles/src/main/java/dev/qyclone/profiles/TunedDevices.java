package dev.qyclone.profiles;

import java.util.List;

/**
 * What was measured to be best: where a rule says {@code auto}, these devices come first.
 *
 * @param layers a device's id for each layer
 * @param words when and for what it was measured, for reasons
 */
public record TunedDevices(String embedding, List<String> layers, String output, String words) {
    public TunedDevices {
        layers = List.copyOf(layers);
    }
}
