package dev.qyclone.profiles.tune;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.profiles.Machine;
import dev.qyclone.profiles.ModelNeeds;
import dev.qyclone.profiles.Plan;
import dev.qyclone.profiles.PlanRequest;
import dev.qyclone.profiles.Planner;
import dev.qyclone.profiles.Profile;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The best placement from what was measured.
 *
 * @param measured the day of the measurement
 * @param devices those that were measured, as the assignment counts them
 * @param pace of the host while it was measured
 * @param best what is planned, and what it should do
 * @param plan of the best placement on these devices, as any run with its profile has it: with stages split where arrays hold no more
 * @param alone what each device would do by itself; one that the model does not fit on is absent
 */
public record Tuned(
        String measured, Goal goal, List<Device> devices, LayerCosts costs, double pace, BestPlacement best, Plan plan,
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
        ModelNeeds needs = ModelNeeds.of(model);
        StageOptions sized = options.withContext(options.contextOf(model.config().context()));
        for (MemoryTables memory : TuningMemory.ways(needs, devices, sized, reserve)) {
            Optional<BestPlacement> best = BestPlacement.find(costs, memory, goal);
            if (best.isPresent()) {
                Map<Device, Speeds> alone = alone(costs, memory, goal, devices);
                Profile profile = TunedProfile.of(best.get().assignment(), devices, alone, sized, reserve);
                return plan(profile, needs, devices, sized).map(plan -> new Tuned(record.measured(), goal, devices, costs, record.pace(),
                        planned(plan.placement(), devices, costs), plan, alone));
            }
        }
        return Optional.empty();
    }

    /** Empty where the stages of it take more than there is once they are split. */
    private static Optional<Plan> plan(Profile profile, ModelNeeds needs, List<Device> devices, StageOptions options) {
        PlanRequest request = new PlanRequest(options.context(), options.batch(), options.sessions(), false, null, options.repack(),
                options.exact());
        try {
            return Optional.of(Planner.plan(profile, needs, Machine.of(devices), request));
        } catch (EngineException e) {
            if (e.code() != ErrorCode.OUT_OF_MEMORY) {
                throw e;
            }
            return Optional.empty();
        }
    }

    /** A plan splits stages, and lets layers go to another device where that leaves them no room. */
    private static BestPlacement planned(Placement placement, List<Device> devices, LayerCosts costs) {
        Assignment assignment = assignment(placement, devices);
        return new BestPlacement(assignment, costs.speeds(assignment));
    }

    /** What is run. */
    public Placement placement() {
        return plan.placement();
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
        return assignment(other, devices);
    }

    private static Assignment assignment(Placement placement, List<Device> devices) {
        List<Integer> layers = new ArrayList<>();
        Set<Integer> splits = new HashSet<>();
        for (Placement.Run run : placement.runs()) {
            int place = place(run.device(), devices);
            if (!layers.isEmpty() && layers.getLast() == place) {
                splits.add(layers.size());
            }
            layers.addAll(Collections.nCopies(run.count(), place));
        }
        return new Assignment(place(placement.embedding(), devices), layers, place(placement.output(), devices), splits);
    }

    private static int place(Device device, List<Device> devices) {
        int place = devices.indexOf(device);
        if (place < 0) {
            throw new EngineException(ErrorCode.DEVICE_UNAVAILABLE, device.id() + " was not measured")
                    .expected("one of " + devices.stream().map(Device::id).collect(Collectors.joining(", "))).got(device.id())
                    .remedy("name it with --devices, and see why it may have been left out");
        }
        return place;
    }

    private static Map<Device, Speeds> alone(LayerCosts costs, MemoryTables memory, Goal goal, List<Device> devices) {
        Map<Device, Speeds> alone = new LinkedHashMap<>();
        for (int i = 0; i < devices.size(); i++) {
            Device device = devices.get(i);
            BestPlacement.find(costs.only(i), memory.only(i), goal).ifPresent(best -> alone.put(device, best.speeds()));
        }
        return alone;
    }
}
