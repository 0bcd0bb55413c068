package dev.qyclone.profiles.tune;

import java.util.List;

/**
 * What a pass costs on one device: one decoded token, or the whole prompt.
 *
 * @param call what every stage costs besides its layers: sending and fetching hidden states, starting the device
 * @param layers for each kind of layer
 */
public record StageTimes(Timing call, List<Timing> layers, Timing embedding) {
    public StageTimes {
        layers = List.copyOf(layers);
    }
}
