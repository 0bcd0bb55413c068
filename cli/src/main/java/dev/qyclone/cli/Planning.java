package dev.qyclone.cli;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.Availability;
import dev.qyclone.engine.stage.Backend;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.Fallback;
import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.profiles.Choice;
import dev.qyclone.profiles.DeviceWord;
import dev.qyclone.profiles.LayerOptions;
import dev.qyclone.profiles.Machine;
import dev.qyclone.profiles.ModelNeeds;
import dev.qyclone.profiles.Plan;
import dev.qyclone.profiles.PlanRequest;
import dev.qyclone.profiles.Planner;
import dev.qyclone.profiles.Profile;
import dev.qyclone.profiles.Target;
import dev.qyclone.profiles.TunedDevices;
import dev.qyclone.profiles.tune.Tuned;
import dev.qyclone.profiles.tune.Tuner;
import dev.qyclone.profiles.tune.TuningCache;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The plan of a run on this machine, and the next one where a device refuses its stages. */
final class Planning implements Fallback {
    private static final String HOST = "cpu";
    private static final int COMMON_CONTEXT = 4096;

    private final Profile profile;
    private final ModelNeeds needs;
    private final Streams streams;
    private final Map<String, String> refusals = new LinkedHashMap<>();
    private final Set<String> told = new HashSet<>();
    private PlanRequest request;
    private final List<String> notes = new ArrayList<>();
    private Machine machine;
    private Plan plan;

    private Planning(Profile profile, ModelNeeds needs, Machine machine, PlanRequest request, Streams streams) {
        this.profile = profile;
        this.needs = needs;
        this.machine = machine;
        this.request = request;
        this.streams = streams;
        this.plan = Planner.plan(profile, needs, machine, request);
    }

    static Planning of(Model model, Profile profile, Backends backends, PlanRequest request, Streams streams) {
        return of(model, profile, backends, request,
                new TuningCache(CacheFolder.ofUser(), line -> streams.status("qyclone: " + line)), streams);
    }

    /** With what was measured in another folder than the user's. */
    static Planning of(Model model, Profile profile, Backends backends, PlanRequest request, TuningCache cache, Streams streams) {
        if (!profile.devices().contains(Choice.AUTO)) {
            return new Planning(profile, ModelNeeds.of(model), machine(backends, profile), request, streams);
        }
        StageOptions options = options(model, profile, request);
        Optional<Planning> onHost = onHost(model, profile, backends, request, options, cache, streams);
        if (onHost.isPresent()) {
            return onHost.get();
        }
        Machine machine = machine(backends, profile);
        Optional<Tuned> tuned = Tuner.find(model, machine.devices(), cache, options, reserve(profile));
        Planning planning = new Planning(profile, ModelNeeds.of(model), machine,
                request.withTuned(tuned.map(found -> devices(found, "")).orElse(null)), streams);
        StageOptions measured = options.withKernels(KernelChoice.AUTO);
        if (!options.equals(measured) && Tuner.find(model, machine.devices(), cache, measured, reserve(profile)).isPresent()) {
            planning.notes.add("what tune measured is not used: devices ran the kernels that suit them, and others are asked for");
        }
        return planning;
    }

    /**
     * Where {@code auto} was measured and the host was best, no other backend is asked: to start one may take a second. The host is always
     * there, so that what was measured cannot lead to a device that is gone.
     */
    private static Optional<Planning> onHost(Model model, Profile profile, Backends backends, PlanRequest request, StageOptions options,
            TuningCache cache, Streams streams) {
        List<Device> host = backends.all().stream().filter(backend -> backend.name().equals(HOST))
                .flatMap(backend -> backend.devices().stream()).toList();
        Set<String> names = new HashSet<>(profile.devices());
        names.remove(Choice.AUTO);
        if (!host.stream().map(Device::id).collect(Collectors.toSet()).containsAll(names)) {
            return Optional.empty();
        }
        return Tuner.findWithin(model, host, cache, options, reserve(profile))
                .map(tuned -> new Planning(profile, ModelNeeds.of(model), Machine.of(host),
                        request.withTuned(devices(tuned, "; other devices were not asked")), streams));
    }

    /** With all that is to be said of it. */
    Plan plan() {
        List<String> warnings = new ArrayList<>(notes);
        warnings.addAll(plan.warnings());
        return new Plan(plan.placement(), plan.context(), plan.rows(), plan.totals(), warnings);
    }

    /** One line for each warning that was not told yet: before stages are opened, and after devices have refused some. */
    void tell() {
        List<String> lines = new ArrayList<>(refusals.values());
        lines.removeIf(line -> plan.warnings().stream().anyMatch(warning -> warning.contains(line)));
        lines.addAll(plan().warnings());
        lines.stream().filter(told::add).forEach(line -> streams.status("qyclone: " + line));
    }

    /**
     * A device that is full keeps three quarters of the layers that it refused, and fewer if that is too much; any other none. The host
     * does without copies of weights before it gives up a layer.
     */
    @Override
    public Placement without(Placement placement, Device device, EngineException reason) {
        if (reason.code() == ErrorCode.OUT_OF_MEMORY && copies(device)) {
            refusals.put(device.id(), "decode reads the weights as they are stored: " + reason.getMessage());
            request = request.withRepack(false);
            plan = planForTheSameContext();
            return plan.placement();
        }
        int refused = placement.layersOn(device);
        int kept = reason.code() == ErrorCode.OUT_OF_MEMORY && !Machine.isHost(device) ? refused * 3 / 4 : 0;
        String words = device.id() + (kept == 0 ? " is not used: " : " has no room for " + refused + " layers: ") + reason.getMessage();
        refusals.put(device.id(), words);
        machine = kept == 0 ? machine.without(device, words) : machine.withLimit(device, new Machine.Limit(kept, words));
        try {
            plan = kept == 0 ? Planner.plan(profile, needs, machine, request) : planForTheSameContext();
        } catch (EngineException noOther) {
            noOther.addSuppressed(reason);
            throw noOther;
        }
        return plan.placement();
    }

    private boolean copies(Device device) {
        return plan.rows().stream().anyMatch(row -> row.device().equals(device) && row.repacked() > 0);
    }

    /** With fewer layers a device would have room for a longer context, and be as full as before. */
    private Plan planForTheSameContext() {
        try {
            return Planner.plan(profile, needs, machine, request.withContext(plan.context()));
        } catch (EngineException elsewhereFull) {
            return Planner.plan(profile, needs, machine, request);
        }
    }

    /**
     * The devices that a profile can choose from. Backends behind those that have all that it names are not asked: to list its devices
     * may cost a backend seconds.
     */
    static Machine machine(Backends backends, Profile profile) {
        Set<String> names = profile.devices();
        boolean all = names.contains(Choice.AUTO) || names.stream().anyMatch(name -> DeviceWord.of(name).isPresent());
        List<Device> devices = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        List<Backend> hostFirst = backends.all().stream().sorted(Comparator.comparing(backend -> !backend.name().equals(HOST))).toList();
        for (Backend backend : hostFirst) {
            if (!all && devices.stream().map(Device::id).collect(Collectors.toSet()).containsAll(names)) {
                break;
            }
            devices.addAll(backend.devices());
            switch (backend.availability()) {
                case Availability.Ready ready -> { }
                case Availability.Missing why ->
                        missing.add("those of " + backend.name() + " are missing: " + why.reason() + "; " + why.remedy());
            }
        }
        return new Machine(devices, Map.of(), Map.of(), missing);
    }

    /** How the layers are run that {@code auto} places: what was measured otherwise says nothing of them. */
    private static StageOptions options(Model model, Profile profile, PlanRequest request) {
        int asked = request.context() > 0 ? request.context() : profile.context();
        int layers = model.config().layers();
        List<LayerOptions> auto = IntStream.range(0, layers)
                .filter(layer -> profile.ruleOf(layer, layers).filter(rule -> rule.target() instanceof Target.Auto).isPresent())
                .mapToObj(layer -> profile.optionsOf(layer, layers)).toList();
        KvType common = profile.kv() == null ? KvType.F32 : profile.kv();
        return StageOptions.DEFAULT.withBatch(request.batch()).withRepack(request.repack()).withExact(request.exact())
                .withKvType(auto.stream().map(LayerOptions::kv).filter(Objects::nonNull).findFirst().orElse(common))
                .withKernels(auto.stream().map(LayerOptions::kernels).filter(kernels -> !kernels.equals(KernelChoice.AUTO)).findFirst()
                        .orElse(KernelChoice.AUTO))
                .withContext(asked > 0 ? asked : Math.min(COMMON_CONTEXT, model.config().context()));
    }

    private static long reserve(Profile profile) {
        return profile.reserve() == Profile.UNSAID ? Profile.DEFAULT_RESERVE : profile.reserve();
    }

    private static TunedDevices devices(Tuned tuned, String more) {
        List<String> layers = new ArrayList<>();
        for (Placement.Run run : tuned.placement().runs()) {
            for (int i = 0; i < run.count(); i++) {
                layers.add(run.device().id());
            }
        }
        return new TunedDevices(tuned.placement().embedding().id(), layers, tuned.placement().output().id(),
                "as tuned for " + tuned.goal().words() + " on " + tuned.measured() + more);
    }
}
