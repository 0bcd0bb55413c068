package dev.qyclone.profiles.tune;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.profiles.ModelNeeds;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The best placement from what was measured.
 *
 * @param measured the day of the measurement
 * @param devices those that were measured, as the assignment counts them
 * @param pace of the host while it was measured
 * @param alone what each device would do by itself; one that the model does not fit on is absent
 */
public record Tuned(
        String measured, Goal goal, List<Device> devices, LayerCosts costs, double pace, BestPlacement best, Placement placement,
        Map<Device, Speeds> alone) {

    public Tuned {
        devices = List.copyOf(devices);
        alone = new LinkedHashMap<>(alone);
    }

    /**
     * Searches with the figures of a record.
     *
     * @param present the devices that are there
     * @param options of all stages
     * @param reserve bytes that stay free in each memory
     * @return empty if no placement fits, or if the record is not of this model
     */
    static Optional<Tuned> of(TuningRecord record, Goal goal, Model model, List<Device> present, StageOptions options, long reserve) {
        LayerKinds kinds = LayerKinds.of(model);
        List<Device> devices = new ArrayList<>();
        List<DeviceTimes> times = new ArrayList<>();
        for (Device device : present) {
            for (DeviceTimes measured : record.devices()) {
                if (measured.device().equals(device.id()) && measured.decode().layers().size() == kinds.count()) {
                    devices.add(device);
                    times.add(measured);
                }
            }
        }
        if (devices.isEmpty()) {
            return Optional.empty();
        }
        LayerCosts costs = new LayerCosts(kinds.ofLayer(), times, record.hop(), record.pairs(), record.workload());
        MemoryTables memory = memory(model, devices, options, reserve);
        return BestPlacement.find(costs, memory, goal).map(best -> new Tuned(record.measured(), goal, devices, costs,
                record.pace(), best,
                placement(best.assignment(), devices, options, costs), alone(costs, memory, goal, devices)));
    }

    /** True if the host is so much faster now than it was then that measuring anew is worth it. */
    public boolean outpaced(double now) {
        return SamePace.faster(now, pace);
    }

    /**
     * True if the best placement's layers were so much faster beside its run that another choice may be better: something else had the
     * machine while they were measured.
     */
    public boolean outpaced(PlacementRun.Ran ran) {
        return SamePace.faster(ran.predicted().decode(), best.speeds().decode())
                || SamePace.faster(ran.predicted().prefill(), best.speeds().prefill());
    }

    /**
     * What another placement should do, of the same model with the same options.
     *
     * @throws EngineException DEVICE_UNAVAILABLE if it has a device that was not measured
     */
    public Speeds speeds(Placement other) {
        return costs.speeds(assignment(other));
    }

    /** A placement in places of these devices; throws as {@link #speeds}. */
    Assignment assignment(Placement other) {
        List<Integer> layers = new ArrayList<>();
        for (Placement.Run run : other.runs()) {
            layers.addAll(Collections.nCopies(run.count(), place(run.device())));
        }
        return new Assignment(place(other.embedding()), layers, place(other.output()));
    }

    private int place(Device device) {
        int place = devices.indexOf(device);
        if (place < 0) {
            throw new EngineException(ErrorCode.DEVICE_UNAVAILABLE, device.id() + " was not measured")
                    .expected("one of " + devices.stream().map(Device::id).collect(Collectors.joining(", "))).got(device.id())
                    .remedy("name it with --devices, and see why it may have been left out");
        }
        return place;
    }

    static MemoryTables memory(Model model, List<Device> devices, StageOptions options, long reserve) {
        return TuningMemory.of(ModelNeeds.of(model), devices, options.withContext(options.contextOf(model.config().context())), reserve);
    }

    private static Map<Device, Speeds> alone(LayerCosts costs, MemoryTables memory, Goal goal, List<Device> devices) {
        Map<Device, Speeds> alone = new LinkedHashMap<>();
        for (int i = 0; i < devices.size(); i++) {
            Device device = devices.get(i);
            BestPlacement.find(costs.only(i), memory.only(i), goal).ifPresent(best -> alone.put(device, best.speeds()));
        }
        return alone;
    }

    private static Placement placement(Assignment assignment, List<Device> devices, StageOptions options, LayerCosts costs) {
        List<Placement.Run> runs = new ArrayList<>();
        int layers = assignment.layers().size();
        for (int first = 0; first < layers;) {
            int device = assignment.layers().get(first);
            int end = first;
            while (end < layers && assignment.layers().get(end) == device) {
                end++;
            }
            String reason = "measured: " + TunedProfile.ms(costs.layer(Metric.DECODE, first, device)) + " ms per layer and token";
            runs.add(new Placement.Run(first, end - first, devices.get(device), options, reason));
            first = end;
        }
        return new Placement(devices.get(assignment.embedding()), runs, devices.get(assignment.output()), options);
    }
}
