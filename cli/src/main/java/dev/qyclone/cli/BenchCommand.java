package dev.qyclone.cli;

import dev.qyclone.bench.tokens.BenchFormat;
import dev.qyclone.bench.tokens.BenchRow;
import dev.qyclone.bench.tokens.BenchSettings;
import dev.qyclone.bench.tokens.BenchTarget;
import dev.qyclone.bench.tokens.Comparison;
import dev.qyclone.bench.tokens.HostLimits;
import dev.qyclone.bench.tokens.Machine;
import dev.qyclone.bench.tokens.MeasuredHostLimits;
import dev.qyclone.bench.tokens.ModelFacts;
import dev.qyclone.bench.tokens.OldRun;
import dev.qyclone.bench.tokens.PromptFlow;
import dev.qyclone.bench.tokens.TokenBench;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.profiles.Profile;
import dev.qyclone.profiles.yaml.BuiltInProfiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How fast a model is on this machine's devices. */
@Command(
        name = "bench",
        header = "Measure prefill (pp) and decode (tg) of a model, as llama-bench does.",
        footer = {
            "",
            "Values with commas are tried one after another. Exit code 1: a row failed; 3: slower than the run compared with.",
            "",
            "Examples:",
            "  qyclone bench -m model.gguf",
            "  qyclone bench -m model.gguf -p 128,512 -n 32 --device cpu,cpu:scalar -o json > today.json",
            "  qyclone bench -m model.gguf --compare today.json"})
final class BenchCommand implements Callable<Integer> {
    private static final String VECTOR_MODULE = "jdk.incubator.vector";

    private final Streams streams;

    @Mixin
    private ModelOption model;

    @Option(names = {"-p", "--n-prompt"}, split = ",", paramLabel = "N", defaultValue = "512",
            description = "Prompt sizes; 0 for none. Default: ${DEFAULT-VALUE}. (Profiles have the long name only: --profile)")
    private List<Integer> prompts;

    @Option(names = {"-n", "--n-gen"}, split = ",", paramLabel = "N", defaultValue = "128",
            description = "Ids to write, greedily; 0 for none. Default: ${DEFAULT-VALUE}")
    private List<Integer> gens;

    @Option(names = {"-d", "--n-depth"}, split = ",", paramLabel = "N", defaultValue = "0",
            description = "Ids that are in the context before the clock starts. Default: ${DEFAULT-VALUE}")
    private List<Integer> depths;

    @Option(names = {"-b", "--batch-size"}, split = ",", paramLabel = "N", defaultValue = "512",
            description = "Prompt ids computed at once. Default: ${DEFAULT-VALUE}")
    private List<Integer> batches;

    @Option(names = {"-r", "--repetitions"}, paramLabel = "N", defaultValue = "5", description = "Timed runs. Default: ${DEFAULT-VALUE}")
    private int repetitions;

    @Option(names = "--warm-up", paramLabel = "SECONDS", defaultValue = "1",
            description = "Each row runs so long, and once at least, before it is timed. Default: ${DEFAULT-VALUE}")
    private double warmUp;

    @Option(names = "--device", split = ",", paramLabel = "ID",
            description = "Devices, each on its own; ID/ID/ID shares the layers out evenly. Default: cpu")
    private List<String> devices;

    @Option(names = "--profile", split = ",", paramLabel = "NAME|FILE", description = "Profiles, each on its own, beside the devices.")
    private List<String> profiles;

    @Option(names = {"-t", "--threads"}, split = ",", paramLabel = "N", description = "Threads that compute. Default: all processors")
    private List<Integer> threads;

    @Option(names = "--kv", paramLabel = "TYPE", description = "f32 or f16. Default: the profile's, else f32")
    private KvType kvType;

    @Option(names = "--sessions", split = ",", paramLabel = "N", defaultValue = "1",
            description = "Conversations at the same time. Default: ${DEFAULT-VALUE}")
    private List<Integer> sessions;

    @Option(names = "--flow", paramLabel = "HOW", defaultValue = "pipelined",
            description = "How a prompt's pieces go through the stages: pipelined, in-turn, or both, to see the gain."
                    + " Default: ${DEFAULT-VALUE}")
    private BenchFlow flow;

    @Option(names = "--parity", paramLabel = "N", defaultValue = "8",
            description = "Ids whose logits are compared with the plain reference first; 0 compares none. Default: ${DEFAULT-VALUE}")
    private int parityIds;

    @Option(names = {"-o", "--output"}, paramLabel = "FORMAT", defaultValue = "md",
            description = "md, json, jsonl or csv. Default: ${DEFAULT-VALUE}")
    private BenchFormat format;

    @Option(names = "--compare", paramLabel = "OLD.json", description = "Say what is faster or slower than in this earlier run.")
    private Path old;

    @Option(names = "--noise", paramLabel = "PERCENT", defaultValue = "5",
            description = "What two runs of the same program may differ by. Default: ${DEFAULT-VALUE}")
    private double noise;

    @Option(names = "--no-repack", description = EngineOptions.NO_REPACK)
    private boolean stored;

    @Option(names = "--exact", description = EngineOptions.EXACT)
    private boolean exact;

    @Option(names = "--recheck", description = EngineOptions.RECHECK)
    private boolean recheck;

    @Option(names = "--quiet", description = "Nothing but the results, and errors.")
    private boolean quiet;

    @ArgGroup(validate = false, heading = AttentionOptions.HEADING, order = 40)
    private AttentionOptions attention = new AttentionOptions();

    @Spec
    private CommandSpec spec;

    BenchCommand(Streams streams) {
        this.streams = streams;
    }

    /** What {@code --flow} may say. */
    enum BenchFlow {
        PIPELINED(PromptFlow.PIPELINED), IN_TURN(PromptFlow.IN_TURN), BOTH(PromptFlow.PIPELINED, PromptFlow.IN_TURN);

        private final List<PromptFlow> flows;

        BenchFlow(PromptFlow... flows) {
            this.flows = List.of(flows);
        }

        /** As it is typed. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    @Override
    public Integer call() {
        BenchSettings settings = settings();
        OldRun before = old == null ? null : OldRun.read(old);
        ModelFacts facts = checkModel(settings);
        Machine machine = BenchMachine.read();
        List<BenchTarget> targets = targets(settings);
        List<BenchRow> rows;
        try (MeasuredHostLimits measured = ModuleLayer.boot().findModule(VECTOR_MODULE).isEmpty() ? null : new MeasuredHostLimits()) {
            TokenBench bench = new TokenBench(facts, settings, measured == null ? HostLimits.UNKNOWN : measured, this::say);
            try (BenchOutput output = new BenchOutput(streams, format, machine, bench::rows)) {
                rows = bench.run(targets, target("cpu:scalar", Runtime.getRuntime().availableProcessors(), settings));
                if (!output.print(rows)) {
                    return ExitCode.FAILED;
                }
            }
        }
        boolean slower = before != null && compare(before, rows, machine);
        boolean failed = rows.stream().anyMatch(row -> !row.measured());
        if (failed) {
            return ExitCode.FAILED;
        }
        return slower ? ExitCode.SLOWER : ExitCode.SUCCESS;
    }

    private void say(String line) {
        if (!quiet) {
            streams.status("qyclone: " + line);
        }
    }

    private BenchSettings settings() {
        checkNames(devices, "--device");
        checkNames(profiles, "--profile");
        checkEach(prompts, 0, "-p");
        checkEach(gens, 0, "-n");
        checkEach(depths, 0, "-d");
        checkEach(batches, 1, "-b");
        checkEach(sessions, 1, "--sessions");
        if (threads != null) {
            checkEach(threads, 1, "--threads");
        }
        Checks.atLeast(1, repetitions, "-r", spec);
        if (!(warmUp >= 0 && warmUp <= 3600)) {
            throw Checks.wrong("--warm-up must be 0 to 3600 seconds, not " + warmUp, spec);
        }
        Checks.atLeast(0, parityIds, "--parity", spec);
        if (!(noise >= 0 && noise < 100)) {
            throw Checks.wrong("--noise must be at least 0 and below 100, not " + noise, spec);
        }
        BenchSettings settings = new BenchSettings(
                prompts.stream().filter(size -> size > 0).toList(), gens.stream().filter(size -> size > 0).toList(), depths, batches,
                sessions, flow.flows, repetitions, (long) (warmUp * 1e9), parityIds);
        if (settings.prompts().isEmpty() && settings.gens().isEmpty()) {
            throw Checks.wrong("nothing to measure: -p and -n are both 0", spec);
        }
        return settings;
    }

    private void checkNames(List<String> names, String option) {
        if (names != null && (names.isEmpty() || names.stream().anyMatch(String::isBlank))) {
            throw Checks.wrong(option + " expects names, with single commas between them", spec);
        }
    }

    private void checkEach(List<Integer> values, int least, String option) {
        if (values.isEmpty()) {
            throw Checks.wrong(option + " expects numbers, with single commas between them", spec);
        }
        values.forEach(value -> Checks.atLeast(least, value, option, spec));
    }

    /** A model that cannot be read is no row: nothing would be in the table. */
    private ModelFacts checkModel(BenchSettings settings) {
        try (Model opened = EngineOptions.load(model.path, attention, spec)) {
            int context = opened.config().context();
            if (settings.positions() > context) {
                throw Checks.wrong("the tests need " + settings.positions() + " positions, the model was made for " + context
                        + "; give smaller -p, -n or -d", spec);
            }
            return ModelFacts.of(opened);
        }
    }

    private List<BenchTarget> targets(BenchSettings settings) {
        Map<String, Profile> wished = readProfiles();
        List<Integer> counts = threads == null ? List.of(Runtime.getRuntime().availableProcessors()) : threads;
        List<BenchTarget> targets = new ArrayList<>();
        List<String> alone = devices == null && profiles == null ? List.of("cpu") : devices == null ? List.of() : devices;
        for (int count : counts) {
            alone.forEach(device -> targets.add(target(device, count, settings)));
            wished.forEach((name, profile) -> targets.add(new ProfileTarget(name, kvType == null ? profile : profile.withKv(kvType),
                    backendOptions(count), options(settings), loader(profile), streams)));
        }
        return targets;
    }

    private BenchTarget target(String device, int count, BenchSettings settings) {
        return new DeviceTarget(device, backendOptions(count), options(settings), () -> EngineOptions.load(model.path, attention, spec));
    }

    private Supplier<Model> loader(Profile profile) {
        return () -> EngineOptions.load(model.path, profile, attention, spec);
    }

    private BackendOptions backendOptions(int count) {
        return new BackendOptions(count, recheck, CacheFolder.ofUser());
    }

    private StageOptions options(BenchSettings settings) {
        return StageOptions.DEFAULT.withContext(settings.positions()).withSessions(settings.openSessions())
                .withBatch(settings.largestBatch()).withKvType(kvType == null ? KvType.F32 : kvType).withRepack(!stored).withExact(exact);
    }

    /** A profile that cannot be read is no row, as a model is none. */
    private Map<String, Profile> readProfiles() {
        Map<String, Profile> read = new LinkedHashMap<>();
        for (String name : profiles == null ? List.<String>of() : profiles) {
            read.put(name, BuiltInProfiles.named(name));
        }
        return read;
    }

    private boolean compare(OldRun before, List<BenchRow> rows, Machine machine) {
        OldRun.Compared compared = before.compareWith(rows, machine, noise / 100);
        compared.comparisons().forEach(comparison -> streams.status("qyclone: " + comparison.line()));
        compared.onlyNow().forEach(name -> streams.status("qyclone: " + name + ": not in " + old));
        compared.onlyBefore().forEach(name -> streams.status("qyclone: " + name + ": only in " + old));
        return compared.comparisons().stream().anyMatch(comparison -> comparison.verdict() == Comparison.Verdict.SLOWER);
    }
}
