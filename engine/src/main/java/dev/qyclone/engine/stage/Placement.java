package dev.qyclone.engine.stage;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A device for every layer, for the embedding and for the output, with the reason: the plan, as data.
 *
 * @param outputOptions of the output stage
 * @param runs neighbouring layers on one device, in order, from layer 0 without a gap
 */
public record Placement(Device embedding, List<Run> runs, Device output, StageOptions outputOptions) {
    /** Layers {@code [firstLayer, firstLayer + count)} on one device, with the same options. */
    public record Run(int firstLayer, int count, Device device, StageOptions options, String reason) {
    }

    public Placement {
        runs = List.copyOf(runs);
    }

    /** All devices in it, in the order of the stages. */
    public Set<Device> devices() {
        Set<Device> devices = new LinkedHashSet<>();
        devices.add(embedding);
        runs.forEach(run -> devices.add(run.device()));
        devices.add(output);
        return devices;
    }

    /** How many layers a device has in it. */
    public int layersOn(Device device) {
        return runs.stream().filter(run -> run.device().equals(device)).mapToInt(Run::count).sum();
    }

    /** Everything on one device. */
    public static Placement allOn(Device device, int layers, StageOptions options, String reason) {
        return new Placement(device, List.of(new Run(0, layers, device, options, reason)), device, options);
    }

    /** Everything on one device, with {@link StageOptions#DEFAULT}. */
    public static Placement allOn(Device device, int layers, String reason) {
        return allOn(device, layers, StageOptions.DEFAULT, reason);
    }
}
