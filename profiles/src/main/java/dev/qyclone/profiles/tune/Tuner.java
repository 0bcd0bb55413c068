package dev.qyclone.profiles.tune;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.LayerWeights;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.CheckReport;
import dev.qyclone.engine.stage.CheckRequest;
import dev.qyclone.engine.stage.CheckRow;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import dev.qyclone.profiles.ModelNeeds;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Finds the best placement of a model by measuring: self-check, times, search. What was measured is kept, and found again. */
public final class Tuner {
    private final Model model;
    private final Backends backends;
    private final TuningCache cache;
    private final Gauges gauges;
    private final Consumer<String> notes;

    /**
     * @param notes told what goes on and which devices are left out, in one line each
     */
    public Tuner(Model model, Backends backends, TuningCache cache, Gauges gauges, Consumer<String> notes) {
        this.model = model;
        this.backends = backends;
        this.cache = cache;
        this.gauges = gauges;
        this.notes = notes;
    }

    /**
     * The best placement on these devices.
     *
     * @param given of all stages; their context counts for the memory
     * @param reserve bytes that stay free in each memory
     * @param fresh measure even if the cache knows
     * @throws EngineException OUT_OF_MEMORY if the model fits nowhere, DEVICE_UNAVAILABLE if no device can be measured
     */
    public Tuned tune(
            List<Device> devices, Goal goal, Workload workload, StageOptions given, long reserve, Effort effort, boolean fresh) {
        StageOptions options = TuningMemory.repacking(ModelNeeds.of(model), devices, given);
        requireRoom(devices, options, reserve);
        String key = TuningKey.model(model);
        TuningRecord record = known(key, devices, workload, options, fresh)
                .orElseGet(() -> measure(devices, workload, options, reserve, effort));
        Optional<Tuned> tuned = Tuned.of(record, goal, model, devices, options, reserve);
        cache.keep(key, record.withGoal(goal, tuned.map(found -> ids(found.placement().devices())).orElse(List.of())));
        tuned.ifPresent(found -> found.plan().warnings().forEach(notes::accept));
        return tuned.orElseThrow(() -> noRoom("the devices that were measured",
                record.devices().stream().map(DeviceTimes::device).toList()));
    }

    /** Before anything is measured: a model that fits nowhere does not fit after a minute either. */
    private void requireRoom(List<Device> devices, StageOptions options, long reserve) {
        ModelNeeds needs = ModelNeeds.of(model);
        StageOptions sized = options.withContext(options.contextOf(model.config().context()));
        if (TuningMemory.ways(needs, devices, sized, reserve).stream().noneMatch(memory ->
                PlacementSearch.best(SearchTables.free(needs.layers().size(), devices.size(), memory)).isPresent())) {
            throw noRoom("these devices", ids(devices));
        }
    }

    private EngineException noRoom(String where, List<String> devices) {
        return new EngineException(ErrorCode.OUT_OF_MEMORY,
                model.source().path() + " does not fit on " + where + ", not even spread over all of them")
                .expected("weights, keys and values within their memory").got(String.join(", ", devices))
                .remedy("give a smaller --ctx, or name more devices with --devices");
    }

    private Optional<TuningRecord> known(String key, List<Device> devices, Workload workload, StageOptions options, boolean fresh) {
        if (fresh) {
            return Optional.empty();
        }
        Map<String, String> environments = TuningKey.devices(backends.devices());
        Optional<TuningRecord> found = cache.records(key).stream().filter(record -> record.covers(TuningKey.setting(options), environments)
                && record.workload().equals(workload) && record.asked().equals(ids(devices))).findFirst();
        found.ifPresent(record -> notes.accept("figures measured on " + record.measured() + ", from " + cache.file(key)
                + "; --fresh measures anew"));
        return found;
    }

    private TuningRecord measure(List<Device> devices, Workload workload, StageOptions options, long reserve, Effort effort) {
        List<Device> sound = devices.stream().filter(this::passes).toList();
        CostMeasurement measurement = new CostMeasurement(model, backends, workload, effort, gauges, notes);
        HopTime hop = measurement.measureHop();
        CostMeasurement.Measured measured = sound.isEmpty()
                ? new CostMeasurement.Measured(List.of(), List.of())
                : measurement.measure(sound, options, reserve);
        if (measured.devices().isEmpty()) {
            throw new EngineException(ErrorCode.DEVICE_UNAVAILABLE, "no device could be measured")
                    .expected("at least one of " + String.join(", ", ids(devices)))
                    .got("none; the lines above say why").remedy("see ./qyclone doctor");
        }
        return new TuningRecord(LocalDate.now().toString(), TuningKey.setting(options), workload, Goal.DECODE.words(), List.of(),
                ids(devices),
                TuningKey.devices(backends.devices()), measured.devices(), hop, measured.pairs(), measurement.pace());
    }

    private static List<String> ids(Collection<Device> devices) {
        return devices.stream().map(Device::id).toList();
    }

    private boolean passes(Device device) {
        notes.accept("checking and measuring " + device.id());
        CheckReport report;
        try {
            report = backends.of(device).check(device,
                    new CheckRequest(model.config(), matrixTypes(), List.of(KernelFamily.AUTO), false));
        } catch (RuntimeException e) {
            notes.accept(CostMeasurement.leftOut(device, e));
            return false;
        }
        Optional<CheckRow> wrong = report.rows().stream().filter(row -> row.verdict() != CheckRow.Verdict.OK).findFirst();
        wrong.ifPresent(row -> notes.accept(device.id() + " is left out: its kernel " + row.kernel() + " for " + row.type() + " "
                + row.shape() + " is " + switch (row.verdict()) {
                    case OK -> "right";
                    case WRONG -> "wrong (error " + row.error() + ", at most " + row.tolerance() + ")";
                    case FAILED -> "not running: " + row.detail();
                }));
        return report.passed();
    }

    private Set<TensorType> matrixTypes() {
        Stream<Tensor> layers = model.layers().stream().flatMap(LayerWeights::tensors);
        return Stream.concat(layers, Stream.of(model.output(), model.tokenEmbedding()))
                .filter(tensor -> tensor.shape().size() > 1).map(Tensor::type).collect(Collectors.toSet());
    }

    /**
     * What was measured earlier, for a run that asks for the best placement without measuring.
     *
     * @param devices those that a placement may use; all of them must have been there, as they are now
     * @return the placement for the goal that was last tuned for; empty if nothing fits or was measured
     */
    public static Optional<Tuned> find(Model model, List<Device> devices, TuningCache cache, StageOptions given, long reserve) {
        StageOptions options = TuningMemory.repacking(ModelNeeds.of(model), devices, given);
        Map<String, String> environments = TuningKey.devices(devices);
        for (TuningRecord record : new ArrayList<>(cache.records(TuningKey.model(model)))) {
            if (record.covers(TuningKey.setting(options), environments)) {
                Optional<Tuned> tuned = Tuned.of(record, Goal.parse(record.goal()), model, devices, options, reserve);
                if (tuned.isPresent()) {
                    return tuned;
                }
            }
        }
        return Optional.empty();
    }

    /**
     * What was measured last, if the best placement used none but these devices: the others need not be asked whether they are there.
     *
     * @param devices that are there
     * @return the placement on them; empty if the last measurement in which they were as they are now chose others, or if there is none
     */
    public static Optional<Tuned> findWithin(Model model, List<Device> devices, TuningCache cache, StageOptions given, long reserve) {
        StageOptions options = TuningMemory.repacking(ModelNeeds.of(model), devices, given);
        Map<String, String> environments = TuningKey.devices(devices);
        return cache.records(TuningKey.model(model)).stream().filter(record -> record.covers(TuningKey.setting(options), environments))
                .findFirst().filter(record -> !record.used().isEmpty() && environments.keySet().containsAll(record.used()))
                .flatMap(record -> Tuned.of(record, Goal.parse(record.goal()), model,
                        devices.stream().filter(device -> record.used().contains(device.id())).toList(), options, reserve));
    }
}
