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

    /** Seconds of a stage of layers of these kinds. */
    double stage(List<Integer> kinds) {
        return call.median() + kinds.stream().mapToDouble(kind -> layers.get(kind).median()).sum();
    }

    /** So many times as long. */
    StageTimes times(double factor) {
        return new StageTimes(call.times(factor), layers.stream().map(layer -> layer.times(factor)).toList(), embedding.times(factor));
    }
}
