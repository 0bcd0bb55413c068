package dev.qyclone.profiles;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.profiles.Placer.Placed;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Profile + footprint + devices → placement: a pure function, so that it can be tested with invented machines. */
public final class Planner {
    /** Contexts are cut to a multiple of this. */
    private static final int CONTEXT_STEP = 256;
    /** Where nobody asks for a context, layers do not leave a device for more positions than these; what is left over is used. */
    private static final int COMMON_CONTEXT = 4096;

    private final Profile profile;
    private final ModelNeeds needs;
    private final Machine machine;
    private final PlanRequest request;
    private final List<String> idle = new ArrayList<>();

    private Planner(Profile profile, ModelNeeds needs, Machine machine, PlanRequest request) {
        this.profile = profile;
        this.needs = needs;
        this.machine = machine;
        this.request = request;
    }

    /**
     * Places every layer, the embedding and the output. The host maps weights from the file, so that a model larger than its memory is
     * slow there and not impossible: a warning. Other devices copy them. Keys, values and scratch must fit everywhere.
     *
     * @throws EngineException BAD_REQUEST if more positions were asked for than the model has, or a layer matches no rule, or a rule names
     *     layers that the model does not have; DEVICE_UNAVAILABLE with the devices that are there; OUT_OF_MEMORY if something fits nowhere,
     *     or where nothing may move and nobody asked for a context, if it fits not even for {@link #COMMON_CONTEXT} positions
     */
    public static Plan plan(Profile profile, ModelNeeds needs, Machine machine, PlanRequest request) {
        return new Planner(profile, needs, machine, request).plan();
    }

    private Plan plan() {
        checkRules();
        warnOfIdleRules();
        int asked = request.context() > 0 ? request.context() : profile.context();
        if (asked > needs.context()) {
            throw new EngineException(ErrorCode.BAD_REQUEST, "the context asked for is not one that the model has")
                    .expected("1 to " + needs.context() + " positions").got(asked)
                    .remedy(request.context() > 0 ? "give a smaller --ctx" : "give a smaller `context` in the profile, or --ctx");
        }
        return asked > 0 ? askedContext(asked) : largestContext();
    }

    private void checkRules() {
        int layers = needs.layers().size();
        for (LayerRule rule : profile.rules()) {
            if (rule.layers() instanceof LayerRange.Layers range && range.last() >= layers) {
                throw new EngineException(ErrorCode.BAD_REQUEST, rule.origin() + " names layer " + range.last())
                        .expected("layers 0 to " + (layers - 1) + " of this model").got(range);
            }
        }
        List<Integer> unmatched = IntStream.range(0, layers).filter(layer -> profile.ruleOf(layer, layers).isEmpty()).boxed().toList();
        if (!unmatched.isEmpty()) {
            throw new EngineException(ErrorCode.BAD_REQUEST, "no rule of profile " + profile.name() + " is for " + ranges(unmatched))
                    .remedy("add a rule, such as `- all: cpu` as the last one, or --layers " + unmatched.getFirst() + "-"
                            + unmatched.getLast() + "=cpu");
        }
    }

    /** Rules that rules above them leave no layer to. Their devices are looked for all the same: a slip there would go unnoticed. */
    private void warnOfIdleRules() {
        Candidates.Finder finder = new Candidates.Finder(machine, profile, request.strict());
        boolean all = false;
        for (LayerRule rule : profile.rules()) {
            if (!profile.decides(rule, needs.layers().size())) {
                finder.requireSound(rule);
                // That one for all others has nothing left to do is as it should be, unless there are two.
                if (all || rule.isForSome(needs.layers().size())) {
                    idle.add(rule.origin() + " decides no layer: rules before it have them all");
                }
            }
            all |= rule.layers() instanceof LayerRange.All;
        }
    }

    private static String ranges(List<Integer> layers) {
        List<LayerRange.Layers> ranges = new ArrayList<>();
        for (int layer : layers) {
            boolean next = !ranges.isEmpty() && ranges.getLast().last() == layer - 1;
            int first = next ? ranges.removeLast().first() : layer;
            ranges.add(new LayerRange.Layers(first, layer));
        }
        return "layers " + ranges.stream().map(LayerRange.Layers::toString).collect(Collectors.joining(", "));
    }

    private Plan askedContext(int asked) {
        try {
            return result(place(asked), asked, List.of());
        } catch (EngineException e) {
            int fits = e.code() == ErrorCode.OUT_OF_MEMORY ? largest(asked - 1, 0, context -> attempt(context).isPresent()) : 0;
            if (fits == 0) {
                throw e;
            }
            throw new EngineException(ErrorCode.OUT_OF_MEMORY, "a context of " + asked + " positions does not fit, at most " + fits
                    + " positions do: " + e.getMessage(), e);
        }
    }

    private Plan largestContext() {
        int most = needs.context();
        Optional<Placed> common = attempt(Math.min(most, COMMON_CONTEXT));
        int context;
        if (common.isEmpty() && request.strict()) {
            return askedContext(Math.min(most, COMMON_CONTEXT)); // a smaller one is the user's to ask for: says which would do
        }
        if (common.isEmpty()) {
            context = largest(Math.min(most, COMMON_CONTEXT), 0, positions -> attempt(positions).isPresent());
            if (context == 0) {
                return result(place(1), 1, List.of()); // says why
            }
        } else {
            IntPredicate alike = positions -> attempt(positions)
                    .map(placed -> placed.devices().equals(common.get().devices())).orElse(false);
            context = alike.test(most) ? most : largest(most, Math.min(most, COMMON_CONTEXT), alike);
        }
        Placed placed = place(context);
        if (context == most) {
            return result(placed, context, List.of());
        }
        return result(placed, context, List.of("the context is cut from %d to %d positions, which is what fits into the memory of %s"
                .formatted(most, context, placed.totals().stream().map(total -> total.device().id()).collect(Collectors.joining(", ")))));
    }

    /**
     * The largest multiple of {@link #CONTEXT_STEP} up to {@code most} that is possible, or what is possible below one; 0 for none.
     *
     * @param least known to be possible, or 0
     */
    private static int largest(int most, int least, IntPredicate possible) {
        boolean whole = least >= CONTEXT_STEP || most >= CONTEXT_STEP && possible.test(CONTEXT_STEP);
        int step = whole ? CONTEXT_STEP : 1;
        int low = least / step;
        int high = step == 1 ? Math.min(most, CONTEXT_STEP) : most / step;
        while (low < high) {
            int middle = low + (high - low + 1) / 2;
            if (possible.test(middle * step)) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low * step;
    }

    private Placed place(int context) {
        return new Placer(profile, needs, machine, request, context).place();
    }

    private Optional<Placed> attempt(int context) {
        try {
            return Optional.of(place(context));
        } catch (EngineException e) {
            if (e.code() != ErrorCode.OUT_OF_MEMORY) {
                throw e;
            }
            return Optional.empty();
        }
    }

    private Plan result(Placed placed, int context, List<String> before) {
        List<String> warnings = new ArrayList<>(idle);
        warnings.addAll(before);
        warnings.addAll(placed.warnings());
        if (placed.rereads()) {
            DeviceTotal host = placed.totals().stream().filter(total -> Machine.isHost(total.device())).findFirst().orElseThrow();
            long mapped = placed.totals().stream().mapToLong(DeviceTotal::mapped).sum(); // by all the host's devices
            long held = host.device().memoryBytes() - host.free() - mapped;
            String beside = held == 0 ? "" : ", with " + MemorySize.rounded(held) + " beside them,";
            warnings.add("the weights (%s)%s are larger than the memory of %s (%s): they will be read from disk again and again".formatted(
                    MemorySize.rounded(mapped), beside, host.device().id(), MemorySize.rounded(host.device().memoryBytes())));
        }
        Repacking repacking = Repacking.of(placed, needs, request);
        if (!repacking.warning().isEmpty()) {
            warnings.add(repacking.warning());
        }
        return new Plan(repacking.placement(), context, repacking.rows(), repacking.totals(), warnings);
    }
}
