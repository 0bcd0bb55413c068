package dev.qyclone.engine.stage;

import java.util.List;

/**
 * A device for every layer, for the embedding and for the output, with the reason: the plan, as data.
 *
 * @param runs neighbouring layers on one device, in order, from layer 0 without a gap
 */
public record Placement(Device embedding, List<Run> runs, Device output) {
    /** Layers {@code [firstLayer, firstLayer + count)} on one device. */
    public record Run(int firstLayer, int count, Device device, String reason) {
    }

    public Placement {
        runs = List.copyOf(runs);
    }

    /** Everything on one device. */
    public static Placement allOn(Device device, int layers, String reason) {
        return new Placement(device, List.of(new Run(0, layers, device, reason)), device);
    }
}
