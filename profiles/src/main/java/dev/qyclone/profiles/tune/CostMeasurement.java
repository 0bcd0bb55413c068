package dev.qyclone.profiles.tune;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.HiddenStates;
import dev.qyclone.engine.stage.StageOptions;
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
    private final Consumer<String> notes;

    /**
     * @param clock nanoseconds
     * @param notes told which devices are left out, and why, in one line each
     */
    CostMeasurement(
            Model model, Backends backends, Workload workload, Effort effort, LongSupplier clock, Consumer<String> notes) {
        this.model = model;
        this.backends = backends;
        this.kinds = LayerKinds.of(model);
        this.workload = workload;
        this.effort = effort;
        this.clock = clock;
        this.notes = notes;
    }

    /**
     * What the devices took; those on which nothing fits, or that fail, are left out.
     *
     * @param memory what fits, with the devices in this order
     */
    List<DeviceTimes> measure(List<Device> devices, MemoryTables memory, StageOptions options) {
        ProbeInput input = ProbeInput.of(model, workload);
        int context = workload.prompt() + effort.decodes();
        StageOptions probed = options.withContext(context).withSessions(1).withBatch(Math.min(workload.batch(), workload.prompt()));
        List<DeviceProbe> probes = new ArrayList<>();
        try {
            long[] left = memory.budgets().stream().mapToLong(Long::longValue).toArray();
            for (int i = 0; i < devices.size(); i++) {
                open(devices.get(i), ProbePlan.of(kinds, memory, i, left), input, probed, probes);
            }
            rounds(probes);
            return probes.stream().map(DeviceProbe::times).toList();
        } finally {
            probes.forEach(DeviceProbe::close);
        }
    }

    private void open(Device device, Optional<ProbePlan> plan, ProbeInput input, StageOptions options, List<DeviceProbe> probes) {
        if (plan.isEmpty()) {
            notes.accept(device.id() + " is left out: not even one layer fits into its memory");
            return;
        }
        try {
            probes.add(DeviceProbe.open(model, backends.of(device), device, input, options, kinds, plan.get(), effort, clock));
        } catch (RuntimeException e) {
            notes.accept(leftOut(device, e));
        }
    }

    private void rounds(List<DeviceProbe> probes) {
        HostSweep sweep = new HostSweep(model);
        for (WarmUp warmUp = new WarmUp(effort, clock); !probes.isEmpty() && warmUp.wanted();) {
            eachThatWorks(probes, probe -> probe.warmUp(sweep));
            warmUp.ended(probes.stream().flatMap(DeviceProbe::telling).toList());
        }
        probes.forEach(DeviceProbe::forgetSamples);
        long begun = clock.getAsLong();
        for (int round = 0; round == 0 || round < effort.rounds() && secondsSince(begun) < effort.mostSeconds(); round++) {
            eachThatWorks(probes, probe -> probe.visit(sweep));
        }
    }

    private double secondsSince(long start) {
        return (clock.getAsLong() - start) / 1e9;
    }

    private void eachThatWorks(List<DeviceProbe> probes, Consumer<DeviceProbe> work) {
        for (DeviceProbe probe : List.copyOf(probes)) {
            try {
                work.accept(probe);
            } catch (RuntimeException e) {
                notes.accept(leftOut(probe.device(), e));
                probes.remove(probe);
                probe.close();
            }
        }
    }

    /** Runtimes of other makers throw what they like: whatever it is, the device is not used, and the user is told. */
    static String leftOut(Device device, RuntimeException e) {
        String reason = e instanceof EngineException ? e.getMessage() : e.toString();
        return device.id() + " is left out: " + reason.lines().map(String::strip).collect(Collectors.joining(" "));
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
