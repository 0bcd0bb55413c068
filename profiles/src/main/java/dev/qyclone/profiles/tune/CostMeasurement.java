package dev.qyclone.profiles.tune;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.HiddenStates;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.profiles.ModelNeeds;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/** Measures what layers, embedding and output cost on devices: all of them in every round, so that noise hits all alike. */
final class CostMeasurement {
    private static final int HOP_SAMPLES = 51;

    private final Model model;
    private final Backends backends;
    private final LayerKinds kinds;
    private final Workload workload;
    private final Effort effort;
    private final LongSupplier clock;
    private final SamePace pace;
    private final Consumer<String> notes;

    /**
     * @param gauges the clock, and the pace that all rounds that count are held to
     * @param notes told which devices are left out, and why, in one line each
     */
    CostMeasurement(
            Model model, Backends backends, Workload workload, Effort effort, Gauges gauges, Consumer<String> notes) {
        this.model = model;
        this.backends = backends;
        this.kinds = LayerKinds.of(model);
        this.workload = workload;
        this.effort = effort;
        this.clock = gauges.clock();
        this.pace = new SamePace(gauges, effort);
        this.notes = notes;
    }

    /** What was measured. */
    record Measured(List<DeviceTimes> devices, List<PairTime> pairs) {
    }

    /**
     * What the devices took; those on which nothing fits, or that fail, are left out.
     *
     * @param options as placements are run with
     * @param reserve bytes that stay free in each memory
     */
    Measured measure(List<Device> devices, StageOptions options, long reserve) {
        ProbeInput input = ProbeInput.of(model, workload);
        ModelNeeds needs = ModelNeeds.of(model);
        MemoryTables memory = TuningMemory.held(needs, devices, options, reserve);
        List<DeviceProbe> probes = new ArrayList<>();
        try {
            long[] left = memory.budgets().stream().mapToLong(Long::longValue).toArray();
            for (int i = 0; i < devices.size(); i++) {
                Device device = devices.get(i);
                int most = ProbePlan.most(needs, device, options, memory.budgets().get(memory.pools().get(i)));
                open(device, ProbePlan.of(kinds, memory, i, most, left), input, options.withSessions(1), probes);
            }
            List<PairProbe> pairs = rounds(probes);
            return new Measured(probes.stream().map(DeviceProbe::times).toList(), pairs.stream().map(PairProbe::time).toList());
        } finally {
            probes.forEach(DeviceProbe::close);
        }
    }

    private void open(Device device, Optional<ProbePlan> plan, ProbeInput input, StageOptions options, List<DeviceProbe> probes) {
        if (plan.isEmpty()) {
            notes.accept(device.id() + " is left out: not even one layer fits into its memory and its arrays");
            return;
        }
        try {
            probes.add(DeviceProbe.open(model, backends.of(device), device, input, options, kinds, plan.get(), effort, clock));
        } catch (RuntimeException e) {
            notes.accept(leftOut(device, e));
        }
    }

    private List<PairProbe> rounds(List<DeviceProbe> probes) {
        List<PairProbe> pairs = new ArrayList<>();
        for (int i = 0; i < probes.size(); i++) {
            for (int j = i + 1; j < probes.size(); j++) {
                pairs.add(new PairProbe(probes.get(i), probes.get(j), effort));
            }
        }
        HostSweep sweep = new HostSweep(model);
        for (WarmUp warmUp = new WarmUp(effort, clock); !probes.isEmpty() && warmUp.wanted();) {
            round(probes, pairs, sweep, probe -> probe.warmUp(sweep));
            warmUp.ended(probes.stream().flatMap(DeviceProbe::telling).toList());
        }
        int counted = 0;
        double seconds = 0;
        while (counted == 0 || effort.more(counted, seconds)) {
            if (!pace.kept() || counted == 0) {
                probes.forEach(DeviceProbe::forgetSamples);
                pairs.forEach(PairProbe::forgetSamples);
                counted = 0;
                seconds = 0;
            }
            long begun = clock.getAsLong();
            round(probes, pairs, sweep, probe -> probe.visit(sweep));
            seconds += (clock.getAsLong() - begun) / 1e9;
            counted++;
        }
        return pairs;
    }

    /** The host's, while it was measured. */
    double pace() {
        return pace.median();
    }

    private void round(List<DeviceProbe> probes, List<PairProbe> pairs, HostSweep sweep, Consumer<DeviceProbe> each) {
        for (DeviceProbe probe : List.copyOf(probes)) {
            guarded(probe, probes, pairs, () -> each.accept(probe));
        }
        for (PairProbe pair : List.copyOf(pairs)) {
            if (pairs.contains(pair)) { // no device of it has failed meanwhile
                guarded(pair.other(), probes, pairs, () -> pair.visit(sweep));
            }
        }
    }

    /** A device that fails is told and used no more. */
    private void guarded(DeviceProbe probe, List<DeviceProbe> probes, List<PairProbe> pairs, Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            notes.accept(leftOut(probe.device(), e));
            probes.remove(probe);
            pairs.removeIf(pair -> pair.has(probe));
            probe.close();
        }
    }

    /** Runtimes of other makers throw what they like: whatever it is, the device is not used, and the user is told. */
    static String leftOut(Device device, RuntimeException e) {
        return device.id() + " is left out: " + reason(e);
    }

    /** In one line. */
    static String reason(RuntimeException e) {
        String reason = e instanceof EngineException ? e.getMessage() : e.toString();
        return reason.lines().map(String::strip).collect(Collectors.joining(" "));
    }

    /** Copies rows on the host, as a hop does. */
    HopTime measureHop() {
        HiddenStates from = new HiddenStates(workload.prompt(), model.config().dim());
        HiddenStates to = new HiddenStates(workload.prompt(), model.config().dim());
        Samples one = new Samples();
        Samples all = new Samples();
        for (int i = 0; i < HOP_SAMPLES; i++) {
            one.add(copy(from, to, 1));
            all.add(copy(from, to, workload.prompt()));
        }
        double perCall = one.timing().median();
        return new HopTime(perCall, Math.max(0, (all.timing().median() - perCall) / workload.prompt()));
    }

    private double copy(HiddenStates from, HiddenStates to, int rows) {
        long start = clock.getAsLong();
        System.arraycopy(from.data(), 0, to.data(), 0, rows * from.dim());
        return (clock.getAsLong() - start) / 1e9;
    }
}
