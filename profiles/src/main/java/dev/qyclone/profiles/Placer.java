package dev.qyclone.profiles;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.profiles.Candidate.Standing;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One placement for one context: layers in order, each on the first device of its rule that has room, or of the fallback. */
final class Placer {
    static final String EMBEDDING = "embedding";
    static final String OUTPUT = "output";

    private final Profile profile;
    private final ModelNeeds needs;
    private final Machine machine;
    private final PlanRequest request;
    private final int context;
    private final Candidates.Finder finder;
    private final Ledger ledger;
    private final Moves moves;
    private final List<RunDraft> runs = new ArrayList<>();
    /** Rules with the devices that they have filled, and the reason: layers do not go back to a device. */
    private final Map<Map.Entry<String, String>, String> filled = new HashMap<>();
    private PlanRow output;

    Placer(Profile profile, ModelNeeds needs, Machine machine, PlanRequest request, int context) {
        this.profile = profile;
        this.needs = needs;
        this.machine = machine;
        this.request = request;
        this.context = context;
        this.finder = new Candidates.Finder(machine, profile, request.strict());
        this.ledger = new Ledger(machine, profile.reserve());
        this.moves = new Moves(request.strict());
    }

    /** A place for every layer, what it takes, and what had to move. */
    record Placed(Placement placement, List<PlanRow> rows, List<DeviceTotal> totals, List<String> warnings, boolean rereads) {
        /** The device of each layer, and of the output. */
        List<Device> devices() {
            List<Device> devices = new ArrayList<>();
            placement.runs().forEach(run -> {
                for (int i = 0; i < run.count(); i++) {
                    devices.add(run.device());
                }
            });
            devices.add(placement.output());
            return devices;
        }
    }

    Placed place() {
        ledger.map(needs.embedding()); // rows are looked up where the file is mapped, on whatever device the stage is
        if (!profile.output().isAuto()) {
            output = placeOutput(finder.of(profile.output()));
        } else {
            ledger.map(needs.mappedOutput(machine.host())); // as if it were on the host, until it is known
        }
        for (int layer = 0; layer < needs.layers().size(); layer++) {
            placeLayer(layer);
        }
        if (output == null) {
            ledger.map(-needs.mappedOutput(machine.host()));
            output = placeOutput(outputBesideLayers());
        }
        List<PlanRow> rows = new ArrayList<>();
        rows.add(embedding());
        runs.forEach(run -> rows.add(run.row()));
        rows.add(output);
        StageOptions outputOptions = runs.getLast().options.withKernels(outputKernels(output.device()));
        List<Placement.Run> placed = runs.stream().map(RunDraft::run).toList();
        Placement placement = new Placement(rows.getFirst().device(), placed, output.device(), outputOptions);
        return new Placed(placement, rows, totals(rows), moves.warnings(), rereads(rows));
    }

    private void placeLayer(int layer) {
        LayerRule rule = profile.ruleOf(layer, needs.layers().size()).orElseThrow();
        Candidates candidates = finder.of(rule, layer, request.tuned());
        String why = candidates.absent();
        for (Candidate candidate : candidates.all()) {
            Device device = candidate.device();
            Map.Entry<String, String> key = Map.entry(rule.origin() + rule.layers(), device.id());
            if (filled.containsKey(key)) {
                why = why.isEmpty() ? filled.get(key) : why;
                continue;
            }
            boolean first = candidate == candidates.all().getFirst();
            Refusal refusal = tryOn(layer, candidate, candidates, why, candidates.takesFirst() && first);
            if (refusal == null) {
                return;
            }
            why = why.isEmpty() || !refusal.full ? refusal.words : why;
            if (!Machine.isHost(device)) {
                filled.put(key, refusal.words);
            }
        }
        // Weights that stay mapped need no room: better slow than not at all.
        for (Candidate candidate : candidates.all()) {
            if (Machine.isHost(candidate.device()) && tryOn(layer, candidate, candidates, why, true) == null) {
                return;
            }
        }
        throw noPlace("layer " + layer, candidates, why);
    }

    private record Refusal(boolean full, String words) {
    }

    private Refusal tryOn(int layer, Candidate candidate, Candidates candidates, String why, boolean besideMapped) {
        Device device = candidate.device();
        Machine.Limit limit = machine.limits().get(device.id());
        if (limit != null && layersOn(device) >= limit.layers()) {
            return new Refusal(true, limit.reason());
        }
        RunDraft fresh = new RunDraft(needs, layer, device, options(layer, device));
        RunDraft last = runs.isEmpty() ? null : runs.getLast();
        boolean alike = last != null && last.isAlike(fresh);
        Optional<String> split = alike ? last.refusal(layer) : Optional.empty();
        RunDraft run = alike && split.isEmpty() ? last : fresh;
        Optional<String> alone = run == fresh ? fresh.refusal(layer) : Optional.empty();
        if (alone.isPresent()) {
            return new Refusal(false, alone.get());
        }
        long bytes = run.held(layer);
        long mapped = needs.mapped(layer, device);
        boolean fits = besideMapped && Machine.isHost(device)
                ? ledger.fitsBesideMapped(device, bytes, mapped)
                : ledger.fits(device, bytes, mapped);
        if (!fits) {
            return new Refusal(true, full(device, bytes));
        }
        if (candidate.standing() == Standing.FALLBACK || !candidates.absent().isEmpty()) {
            moves.layer(layer, device, told(candidates, why), candidates.origin());
        } else if (candidate.standing() == Standing.NEXT) {
            moves.chosen(layer, device, why, candidates.origin());
        }
        ledger.take(device, bytes);
        ledger.map(mapped);
        String reason = candidate.reason(why);
        run.add(layer, split.map(words -> reason + "; a stage of its own: " + words).orElse(reason));
        if (run == fresh) {
            runs.add(fresh);
        }
        return null;
    }

    private int layersOn(Device device) {
        return runs.stream().filter(run -> run.device.equals(device)).mapToInt(RunDraft::count).sum();
    }

    private String told(Candidates candidates, String why) {
        return candidates.absent().isEmpty() ? why : why + " (there are " + machine.ids() + ")";
    }

    private String full(Device device, long bytes) {
        return "%s is full, %s free of %s".formatted(device.id(), MemorySize.rounded(Math.max(0, ledger.free(device))),
                MemorySize.rounded(device.memoryBytes()))
                + (ledger.reserve(device) == 0 ? "" : " but for the reserve") + ", " + MemorySize.rounded(bytes) + " needed";
    }

    private StageOptions options(int layer, Device device) {
        LayerOptions said = profile.optionsOf(layer, needs.layers().size());
        KvType common = profile.kv() == null ? KvType.F32 : profile.kv();
        KernelChoice kernels = Machine.isHost(device) ? KernelChoice.AUTO : said.kernels();
        return new StageOptions(context, request.sessions(), request.batch(), said.kv() == null ? common : said.kv(), kernels)
                .withExact(request.exact());
    }

    /** As measured, or beside the last layer, so that hidden states need not move once more; else on the host. */
    private Candidates outputBesideLayers() {
        Device last = runs.getLast().device;
        Optional<Device> tuned = request.tuned() == null ? Optional.empty() : machine.find(request.tuned().output());
        List<Candidate> all = new ArrayList<>();
        tuned.ifPresent(device -> all.add(new Candidate(device, Standing.WISHED, "auto, " + request.tuned().words())));
        all.add(tuned.isPresent() ? new Candidate(last, Standing.NEXT, "beside the last layer, not on " + tuned.get().id() + " as tuned")
                : new Candidate(last, Standing.WISHED, "beside the last layer"));
        all.add(new Candidate(machine.host(), Standing.NEXT, "not beside the last layer"));
        return new Candidates(all, "`output`", "", false);
    }

    private PlanRow placeOutput(Candidates candidates) {
        String why = candidates.absent();
        for (Candidate candidate : candidates.all()) {
            Device device = candidate.device();
            boolean host = Machine.isHost(device);
            long copied = needs.copiedOutput(device);
            long mapped = needs.mappedOutput(device);
            long scratch = needs.outputScratch(device);
            String refusal = outputRefusal(device, copied + scratch);
            if (refusal.isEmpty()) {
                if (candidate.standing() == Standing.FALLBACK || !candidates.absent().isEmpty()) {
                    moves.part("the output", device, told(candidates, why), candidates.origin());
                }
                ledger.take(device, copied + scratch);
                ledger.map(mapped);
                String reason = outputReason(candidate, why) + RunDraft.words(outputKernels(device));
                return new PlanRow(OUTPUT, device, host ? mapped : copied, host, 0, scratch, reason);
            }
            // Where the planner chooses, what the device before lacks is why the next one is taken.
            why = why.isEmpty() || profile.output().isAuto() ? refusal : why;
        }
        throw noPlace("the output", candidates, why);
    }

    /** As the rule of the last layer says, whose stage the output continues; that layer itself may be on another device. */
    private KernelChoice outputKernels(Device device) {
        int layers = needs.layers().size();
        return Machine.isHost(device) ? KernelChoice.AUTO : profile.optionsOf(layers - 1, layers).kernels();
    }

    private String outputReason(Candidate candidate, String why) {
        String tied = Machine.isHost(candidate.device()) ? "; the embedding's matrix" : "; a copy of the embedding's matrix";
        return candidate.reason(why) + (needs.tied() ? tied : "");
    }

    /** On the host the output is small beside the mapped weights, and always has room. */
    private String outputRefusal(Device device, long bytes) {
        if (Machine.isHost(device)) {
            return "";
        }
        long largest = device.facts().largestBufferBytes();
        if (largest > 0 && needs.output().copied() > largest) {
            return "the output matrix would take %s, the largest array on %s is %s".formatted(
                    MemorySize.rounded(needs.output().copied()), device.id(), MemorySize.rounded(largest));
        }
        if (needs.output().elements() > Integer.MAX_VALUE - 64L) {
            return "the output matrix has more than 2^31 elements";
        }
        return ledger.fits(device, bytes, 0) ? "" : full(device, bytes);
    }

    private PlanRow embedding() {
        Choice choice = profile.embedding();
        if (!choice.isAuto()) {
            Candidates candidates = finder.of(choice);
            Device device = candidates.devices().getFirst();
            if (!candidates.absent().isEmpty()) {
                moves.part("the embedding", device, told(candidates, candidates.absent()), candidates.origin());
            }
            return embedding(device, choice.origin());
        }
        Optional<Device> tuned = request.tuned() == null ? Optional.empty() : machine.find(request.tuned().embedding());
        Device first = runs.getFirst().device;
        Device host = Machine.isHost(first) ? first : machine.host();
        return embedding(tuned.orElse(host), tuned.isPresent() ? "auto, " + request.tuned().words() : "one row a token");
    }

    private PlanRow embedding(Device device, String reason) {
        return new PlanRow(EMBEDDING, device, needs.embedding(), true, 0, 0,
                reason + (Machine.isHost(device) ? "" : "; looked up on the host, where the file is mapped"));
    }

    private List<DeviceTotal> totals(List<PlanRow> rows) {
        Map<Device, DeviceTotal> totals = new LinkedHashMap<>();
        for (PlanRow row : rows) {
            Device device = row.mapped() && !Machine.isHost(row.device()) ? machine.host() : row.device();
            String memory = machine.pool(device);
            DeviceTotal sum = totals.getOrDefault(device, new DeviceTotal(device, memory, 0, 0, 0, 0, ledger.reserve(device), 0));
            totals.put(device, new DeviceTotal(device, memory, sum.mapped() + (row.mapped() ? row.weights() : 0),
                    sum.copied() + (row.mapped() ? 0 : row.weights()), sum.kv() + row.kv(), sum.scratch() + row.scratch(), sum.reserve(),
                    0));
        }
        return DeviceTotal.sharing(List.copyOf(totals.values()));
    }

    /** True if the host's memory does not hold the mapped weights besides all that must be there. */
    private boolean rereads(List<PlanRow> rows) {
        Device host = rows.stream().map(PlanRow::device).filter(Machine::isHost).findFirst().orElse(null);
        return host != null && ledger.free(host) + ledger.reserve(host) < 0;
    }

    private EngineException noPlace(String what, Candidates candidates, String why) {
        boolean only = candidates.devices().size() == 1;
        String ids = String.join(", ", candidates.devices().stream().map(Device::id).toList());
        boolean reserved = candidates.devices().stream().anyMatch(device -> ledger.reserve(device) > 0);
        return new EngineException(ErrorCode.OUT_OF_MEMORY, what + " does not fit on " + (only ? "" : "any of ") + ids).got(why)
                .remedy("give a smaller --ctx, or --kv f16 for half the keys and values, " + (reserved ? "a smaller `reserve`, " : "")
                        + "or change " + candidates.origin()
                        + (only && !Machine.isHost(candidates.devices().getFirst()) ? ", or name a fallback: " + Candidates.FALLBACK : ""));
    }
}
