package dev.qyclone.cli;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.profiles.Plan;
import dev.qyclone.profiles.Profile;
import dev.qyclone.profiles.tune.Effort;
import dev.qyclone.profiles.tune.Gauges;
import dev.qyclone.profiles.tune.Goal;
import dev.qyclone.profiles.tune.HostPace;
import dev.qyclone.profiles.tune.PlacementRun;
import dev.qyclone.profiles.tune.Speeds;
import dev.qyclone.profiles.tune.Tuned;
import dev.qyclone.profiles.tune.TunedProfile;
import dev.qyclone.profiles.tune.Tuner;
import dev.qyclone.profiles.tune.TuningCache;
import dev.qyclone.profiles.tune.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures a model's parts on every device, and finds the best placement. */
@Command(
        name = "tune",
        header = "Measure a model's layers on each device, and write the profile of the best placement.",
        footer = {
            "",
            "Takes a minute or so for a small model; slow devices and large models take longer. What was measured is kept, and found again",
            "until the model, a device, its driver or Java changes.",
            "",
            "Examples:",
            "  qyclone tune -m model.gguf",
            "  qyclone tune -m model.gguf --goal decode:0.7,prefill:0.3 --devices cpu,opencl:0:0 -o mine.yaml"})
final class TuneCommand implements Runnable {
    private static final long MIB = 1L << 20;
    private static final int COMMON_CONTEXT = 4096;
    private static final int COMMON_PROMPT = 256;

    private final Streams streams;
    private final BackendSource source;

    @Mixin
    private ModelOption model;

    @Option(names = {"-o", "--write"}, paramLabel = "FILE.yaml", description = "Write the profile there. Default: to stdout")
    private Path output;

    @Option(names = "--goal", paramLabel = "GOAL", defaultValue = "decode",
            description = "What is to be fast: decode, prefill, ttft (first token), or a mix such as decode:0.7,prefill:0.3."
                    + " Default: ${DEFAULT-VALUE}")
    private String goal;

    @Option(names = "--devices", split = ",", paramLabel = "ID",
            description = "Measure these, the preferred ones first. Default: every device")
    private List<String> devices;

    @Option(names = "--prompt", paramLabel = "N", description = "Tokens of the prompt that is measured. Default: " + COMMON_PROMPT)
    private Integer prompt;

    @Option(names = "--ctx", paramLabel = "N",
            description = "Positions that must fit into the devices' memory. Default: the model's, at most " + COMMON_CONTEXT)
    private Integer context;

    @Option(names = "--chunk", paramLabel = "N", defaultValue = "" + StageOptions.DEFAULT_BATCH,
            description = "Prompt tokens computed at once. Default: ${DEFAULT-VALUE}")
    private int chunk;

    @Option(names = "--kv", paramLabel = "TYPE", defaultValue = "f32", description = "f32 or f16. Default: ${DEFAULT-VALUE}")
    private KvType kvType;

    @Option(names = "--reserve", paramLabel = "MIB", defaultValue = "512",
            description = "Memory that stays free on each device. Default: ${DEFAULT-VALUE} MiB")
    private int reserve;

    @Option(names = {"-t", "--threads"}, paramLabel = "N", description = "Threads that compute. Default: all processors")
    private Integer threads;

    @Option(names = "--try", split = ",", paramLabel = "NAME|FILE",
            description = "Profiles that are predicted and run as well, to see what they give up against the best placement.")
    private List<String> others = List.of();

    @Option(names = "--fresh", description = "Measure anew, whatever was measured before.")
    private boolean fresh;

    @Option(names = "--no-repack", description = EngineOptions.NO_REPACK)
    private boolean stored;

    @Option(names = "--exact", description = EngineOptions.EXACT)
    private boolean exact;

    @Option(names = "--recheck", description = EngineOptions.RECHECK)
    private boolean recheck;

    @Option(names = "--cache", paramLabel = "FOLDER",
            description = "Where measurements are kept. Default: the folder that the profile auto looks into, ~/.cache/qyclone")
    private Path cache;

    @Option(names = "--quiet", description = "Nothing but the results, and errors.")
    private boolean quiet;

    @ArgGroup(validate = false, heading = AttentionOptions.HEADING, order = 40)
    private AttentionOptions attention = new AttentionOptions();

    @Spec
    private CommandSpec spec;

    TuneCommand(Streams streams, BackendSource source) {
        this.streams = streams;
        this.source = source;
    }

    @Override
    public void run() {
        Goal wanted = Goal.parse(goal);
        checkNumbers();
        checkWords();
        TriedProfiles tried = TriedProfiles.read(others, kvType, spec);
        int count = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
        try (Backends backends = source.open(new BackendOptions(count, recheck, CacheFolder.ofUser()));
                Model opened = EngineOptions.load(model.path, attention, spec)) {
            StageOptions options = options(opened);
            Workload workload = workload(options);
            List<Device> chosen = devices == null ? backends.devices() : devices.stream().distinct().map(backends::device).toList();
            tried.check(opened, backends, chosen, options, asked(), workload.prompt() + Effort.DEFAULT.decodes(), streams);
            Gauges gauges = new Gauges(System::nanoTime, new HostPace(count));
            Tuner tuner = new Tuner(opened, backends, cache(), gauges, this::say);
            Tuned tuned = tuner.tune(chosen, wanted, workload, options, reserve * MIB, Effort.DEFAULT, fresh);
            boolean faster = tuned.outpaced(gauges.pace().getAsDouble());
            PlacementRun.Ran best = faster ? null : best(opened, backends, tuned, options);
            if (faster || tuned.outpaced(best)) {
                say("the machine is faster now than it was when this was measured: measuring again");
                tuned = tuner.tune(chosen, wanted, workload, options, reserve * MIB, Effort.DEFAULT, true);
                best = best(opened, backends, tuned, options);
            }
            if (output == null) {
                streams.print(yaml(tuned, options));
            }
            TuneReport report = new TuneReport(tuned);
            report.ran("best", tuned.best().speeds(), best);
            for (Map.Entry<String, Profile> other : tried.byName().entrySet()) {
                Plan plan = TriedProfiles.plan(opened, other.getValue(), backends, options, asked(), streams);
                plan.warnings().forEach(this::say);
                Speeds predicted = tuned.speeds(plan.placement());
                report.ran(other.getKey(), predicted, ran(other.getKey(), opened, backends, tuned, plan.placement()));
            }
            String table = report.text();
            streams.print(output == null ? table.lines().map(line -> "# " + line + "\n").collect(Collectors.joining()) : table);
        }
    }

    /** Runs the best placement. The profile is there before, and stays where the run fails: what was measured is in it. */
    private PlacementRun.Ran best(Model opened, Backends backends, Tuned tuned, StageOptions options) {
        if (output != null) {
            write(yaml(tuned, options));
        }
        try {
            return ran("the placement", opened, backends, tuned, tuned.placement());
        } catch (RuntimeException e) {
            if (output == null) {
                streams.print(yaml(tuned, options));
            }
            throw e;
        }
    }

    private String yaml(Tuned tuned, StageOptions options) {
        return TunedProfile.yaml(tuned, TunedProfile.of(tuned, options, reserve * MIB), model.path.getFileName().toString());
    }

    private PlacementRun.Ran ran(String name, Model opened, Backends backends, Tuned tuned, Placement placement) {
        say("running " + name);
        return PlacementRun.measure(opened, backends, tuned, placement, reserve * MIB, Effort.DEFAULT, System::nanoTime, this::say);
    }

    private int asked() {
        return context == null ? 0 : context;
    }

    private void checkNumbers() {
        Checks.atLeast(1, chunk, "--chunk", spec);
        Checks.atLeast(0, reserve, "--reserve", spec);
        Checks.atLeast(1, prompt == null ? 1 : prompt, "--prompt", spec);
        Checks.atLeast(1, threads == null ? 1 : threads, "--threads", spec);
        Checks.atLeast(1 + Effort.DEFAULT.decodes(), context == null ? 1 + Effort.DEFAULT.decodes() : context, "--ctx", spec);
    }

    /** What would otherwise be found out behind a minute of measuring. */
    private void checkWords() {
        if (devices != null && (devices.isEmpty() || devices.stream().anyMatch(String::isBlank))) {
            throw Checks.wrong("--devices expects ids such as cpu,opencl:0:0; qyclone devices lists them", spec);
        }
        Path folder = output == null ? null : output.toAbsolutePath().getParent();
        if (folder != null && !Files.isWritable(Files.exists(output) ? output : folder) || output != null && Files.isDirectory(output)) {
            throw new EngineException(ErrorCode.WRITE_FAILED, output + " cannot be written")
                    .expected("a file in a folder that is there, and may be written");
        }
    }

    private StageOptions options(Model opened) {
        int most = opened.config().context();
        if (context != null && context > most) {
            throw Checks.wrong("--ctx " + context + " is more than the " + most + " positions that the model was made for", spec);
        }
        int positions = context == null ? Math.min(most, COMMON_CONTEXT) : context;
        return StageOptions.DEFAULT.withContext(positions).withBatch(chunk).withKvType(kvType).withRepack(!stored).withExact(exact);
    }

    /** The prompt leaves room for what is decoded behind it. */
    private Workload workload(StageOptions options) {
        int most = options.context() - Effort.DEFAULT.decodes();
        if (most < 1 || prompt != null && prompt > most) {
            throw Checks.wrong("--prompt must be at most " + most + " in a context of " + options.context(), spec);
        }
        return new Workload(prompt == null ? Math.min(COMMON_PROMPT, Math.max(1, options.context() / 2)) : prompt, chunk);
    }

    private TuningCache cache() {
        Path folder = cache == null ? CacheFolder.ofUser() : cache;
        return new TuningCache(folder, line -> streams.status("qyclone: " + line));
    }

    private void say(String line) {
        if (!quiet) {
            streams.status("qyclone: " + line);
        }
    }

    private void write(String profile) {
        try {
            Files.writeString(output, profile);
        } catch (IOException e) {
            throw new EngineException(ErrorCode.WRITE_FAILED, output + " cannot be written", e).got(e.getMessage());
        }
        say("wrote " + output);
    }
}
