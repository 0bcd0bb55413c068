package dev.qyclone.cli;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.profiles.Profile;
import dev.qyclone.profiles.tune.Effort;
import dev.qyclone.profiles.tune.Goal;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
            "Takes half a minute or so for a small model; slow devices take longer. What was measured is kept, and found again until the",
            "model, a device, its driver or Java changes.",
            "",
            "Examples:",
            "  qyclone tune -m model.gguf",
            "  qyclone tune -m model.gguf --goal decode:0.7,prefill:0.3 --devices cpu,opencl:0:0 -o mine.yaml"})
final class TuneCommand implements Runnable {
    private static final long MIB = 1L << 20;
    private static final int COMMON_CONTEXT = 4096;
    private static final int COMMON_PROMPT = 256;
    /** Tokens decoded in each round of the run that is compared with the prediction. */
    private static final int DECODES_OF_RUN = 16;

    private final Streams streams;

    @Mixin
    private ModelOption model;

    @Option(names = {"-o", "--output"}, paramLabel = "FILE.yaml", description = "Write the profile there. Default: to stdout")
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

    @Option(names = "--fresh", description = "Measure anew, whatever was measured before.")
    private boolean fresh;

    @Option(names = "--cache", paramLabel = "FOLDER",
            description = "Where measurements are kept. Default: the folder that the profile auto looks into, ~/.cache/qyclone")
    private Path cache;

    @Option(names = "--quiet", description = "Nothing but the results, and errors.")
    private boolean quiet;

    @ArgGroup(validate = false, heading = AttentionOptions.HEADING, order = 40)
    private AttentionOptions attention = new AttentionOptions();

    @Spec
    private CommandSpec spec;

    TuneCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public void run() {
        Goal wanted = Goal.parse(goal);
        checkNumbers();
        int count = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
        try (Backends backends = Backends.discover(new BackendOptions(count, fresh, CacheFolder.ofUser()));
                Model opened = EngineOptions.load(model.path, attention, spec)) {
            StageOptions options = options(opened);
            Workload workload = workload(options);
            List<Device> chosen = devices == null ? backends.devices() : devices.stream().distinct().map(backends::device).toList();
            Tuned tuned = new Tuner(opened, backends, cache(), System::nanoTime, this::say)
                    .tune(chosen, wanted, workload, options, reserve * MIB, Effort.DEFAULT, fresh);
            Profile profile = TunedProfile.of(tuned, "tuned", options, reserve * MIB);
            write(TunedProfile.yaml(tuned, profile, model.path.getFileName().toString()));
            say("running the placement");
            Speeds measured = PlacementRun.measure(opened, backends, tuned.placement(), workload,
                    Effort.DEFAULT.withDecodes(Math.min(DECODES_OF_RUN, options.context() - workload.prompt())), System::nanoTime);
            print(tuned, measured);
        }
    }

    private void checkNumbers() {
        Checks.atLeast(1, chunk, "--chunk", spec);
        Checks.atLeast(0, reserve, "--reserve", spec);
        Checks.atLeast(1, prompt == null ? 1 : prompt, "--prompt", spec);
        Checks.atLeast(1, threads == null ? 1 : threads, "--threads", spec);
        Checks.atLeast(1 + Effort.DEFAULT.decodes(), context == null ? 1 + Effort.DEFAULT.decodes() : context, "--ctx", spec);
    }

    private StageOptions options(Model opened) {
        int most = opened.config().context();
        if (context != null && context > most) {
            throw Checks.wrong("--ctx " + context + " is more than the " + most + " positions that the model was made for", spec);
        }
        int positions = context == null ? Math.min(most, COMMON_CONTEXT) : context;
        return StageOptions.DEFAULT.withContext(positions).withBatch(chunk).withKvType(kvType);
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
        if (output == null) {
            streams.print(profile);
            return;
        }
        try {
            Files.writeString(output, profile);
        } catch (IOException e) {
            throw new EngineException(ErrorCode.WRITE_FAILED, output + " cannot be written", e).got(e.getMessage());
        }
        say("wrote " + output);
    }

    /** What was predicted for each device alone and for the best placement, and what came of it. */
    private void print(Tuned tuned, Speeds measured) {
        List<String> lines = new ArrayList<>();
        lines.add(row("", "decode tokens/s", "prefill tokens/s", "first token s"));
        tuned.alone().forEach((device, speeds) -> lines.add(row("all on " + device.id(), speeds)));
        Speeds predicted = tuned.best().speeds();
        lines.add(row("best, predicted", predicted));
        lines.add(row("best, measured", measured));
        lines.add(row("measured / predicted", ratio(measured.decode(), predicted.decode()),
                ratio(measured.prefill(), predicted.prefill()), ratio(measured.ttft(), predicted.ttft())));
        String table = String.join("\n", lines) + "\n";
        if (output == null) {
            table = table.lines().map(line -> "# " + line + "\n").reduce("", String::concat); // what is on stdout stays a profile
        }
        streams.print(table);
    }

    private static String ratio(double measured, double predicted) {
        return String.format(Locale.ROOT, "%.2f", measured / predicted);
    }

    private static String row(String name, Speeds speeds) {
        return row(name, String.format(Locale.ROOT, "%.1f", speeds.decode()), String.format(Locale.ROOT, "%.1f", speeds.prefill()),
                String.format(Locale.ROOT, "%.3f", speeds.ttft()));
    }

    private static String row(String name, String decode, String prefill, String first) {
        return String.format(Locale.ROOT, "%-24s %16s %17s %14s", name, decode, prefill, first).stripTrailing();
    }
}
