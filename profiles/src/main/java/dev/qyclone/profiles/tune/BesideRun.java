package dev.qyclone.profiles.tune;

import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.profiles.ModelNeeds;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * Layers of a placement's devices that are measured again, in turn with its run: how much longer they take now than when the prediction was
 * made is the pace of the machine, of its memory and its processors alike, and has nothing to do with how the placement was added up.
 */
final class BesideRun implements AutoCloseable {
    private final LayerCosts then;
    private final LayerKinds kinds;
    private final HostSweep sweep;
    private final Map<Integer, Yardstick> yardsticks = new TreeMap<>(); // by the device's place in the costs

    private BesideRun(Model model, LayerCosts then) {
        this.then = then;
        this.kinds = LayerKinds.of(model);
        this.sweep = new HostSweep(model);
    }

    /**
     * Opens what a placement leaves room for. A device without room, or that fails, counts as no slower than before.
     *
     * @param reserve bytes that stay free in each memory
     * @param notes told which devices those are, in one line each
     */
    static BesideRun open(Model model, Backends backends, Tuned tuned, Placement placement, long reserve, Effort effort,
            LongSupplier clock, Consumer<String> notes) {
        BesideRun beside = new BesideRun(model, tuned.costs());
        StageOptions options = placement.outputOptions();
        options = options.withContext(options.contextOf(model.config().context()));
        ModelNeeds needs = ModelNeeds.of(model);
        MemoryTables memory = TuningMemory.held(needs, tuned.devices(), options, reserve);
        Assignment assignment = tuned.assignment(placement);
        long[] left = memory.left(assignment);
        ProbeInput input = ProbeInput.of(model, tuned.costs().workload());
        for (int place : new TreeSet<>(Stream.concat(assignment.layers().stream(), Stream.of(assignment.output())).toList())) {
            Device device = tuned.devices().get(place);
            int most = ProbePlan.most(needs, device, options, memory.budgets().get(memory.pools().get(place)));
            Optional<ProbePlan> plan = ProbePlan.besideRun(beside.kinds, memory, place, most, left);
            if (plan.isEmpty()) {
                notes.accept(device.id() + " has no room for a layer beside the run, so that its pace is not known");
                continue;
            }
            try {
                beside.yardsticks.put(place, Yardstick.open(
                        model, backends.of(device), device, plan.get(), input, beside.then.devices().get(place).rows(),
                        options.withSessions(1), effort, clock));
            } catch (RuntimeException e) {
                notes.accept("the pace of " + device.id() + " is not known: " + CostMeasurement.reason(e));
            }
        }
        return beside;
    }

    /** Measures everything once, so that it becomes warm. */
    void warmUp() {
        yardsticks.values().forEach(yardstick -> yardstick.visit(sweep));
    }

    /** What tells whether code is warm. */
    Stream<Samples> telling() {
        return yardsticks.values().stream().flatMap(Yardstick::telling);
    }

    /** Measures everything once: what all costs at the pace that the devices have now. */
    LayerCosts now() {
        List<DeviceTimes> times = new ArrayList<>(then.devices());
        yardsticks.forEach((place, yardstick) -> times.set(place, yardstick.now(then.devices().get(place), kinds, sweep)));
        return then.on(times);
    }

    @Override
    public void close() {
        yardsticks.values().forEach(Yardstick::close);
    }
}
