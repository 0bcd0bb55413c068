package dev.qyclone.cli;

import dev.qyclone.bench.study.Cell;
import dev.qyclone.bench.study.CellTarget;
import dev.qyclone.bench.study.Environment;
import dev.qyclone.bench.study.RunDifferences;
import dev.qyclone.bench.study.Status;
import dev.qyclone.bench.study.Study;
import dev.qyclone.bench.study.StudyFile;
import dev.qyclone.bench.study.StudySettings;
import dev.qyclone.bench.study.run.StudyRequest;
import dev.qyclone.bench.study.run.StudyRunner;
import dev.qyclone.bench.study.run.StudyTargets;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.tensor.TensorType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The portability study: one model on everything that this machine has. */
@Command(
        name = "study",
        header = "Run one model on every device and backend, compare results and speed, and write a report.",
        footer = {
            "",
            "Writes study.json, study.csv and report.html; docs/portability.md says how to read them. Ctrl-C keeps what is measured.",
            "Exit code 1: a row failed or is wrong; 130: ended by Ctrl-C.",
            "",
            "Examples:",
            "  qyclone study --quick",
            "  qyclone study -m model.gguf --types stored,q4_0 -o results",
            "  qyclone study --merge board-a/study.json board-b/study.json"})
final class StudyCommand implements Callable<Integer> {
    private static final String ALL = "all";
    private static final String SHARED = "/";
    /** Options that mean something without a measurement. */
    private static final Set<String> WITH_MERGE = Set.of("--merge", "--output", "--quiet", "--verbose", "--no-tornado");

    private final Streams streams;
    private final BackendSource source;

    @Option(names = {"-m", "--model"}, paramLabel = "MODEL",
            description = "A .gguf file, or a folder with config.json. Default: the demo model")
    private Path model;

    @Option(names = "--devices", split = ",", paramLabel = "ID", defaultValue = ALL,
            description = "all, or these; ID/ID shares the layers out evenly. cpu is measured with vectors of 128, 256 and 512 bits."
                    + " Default: ${DEFAULT-VALUE}")
    private List<String> devices;

    @Option(names = "--types", split = ",", paramLabel = "TYPE", defaultValue = CellTarget.STORED,
            description = "Types of the weights, each with every device; others than the stored ones are made for the time of the study."
                    + " Default: ${DEFAULT-VALUE}")
    private List<String> types;

    @Option(names = "--quick", description = "Small sizes, one round: a first look.")
    private boolean quick;

    @Option(names = {"-o", "--output"}, paramLabel = "DIR",
            description = "The folder to write into. Default: study, with --merge merged")
    private Path output;

    @Option(names = "--merge", arity = "1..*", paramLabel = "STUDY.json",
            description = "Measure nothing: one report of these studies, of several machines.")
    private List<Path> merge;

    @Option(names = "--label", paramLabel = "NAME", description = "What the report calls this machine. Default: its host name")
    private String label;

    @Option(names = {"-p", "--n-prompt"}, paramLabel = "N", description = "Ids of the prefill test. Default: 128, quick 32")
    private Integer prompt;

    @Option(names = {"-n", "--n-gen"}, paramLabel = "N", description = "Ids of the decode test. Default: 32, quick 16")
    private Integer gen;

    @Option(names = {"-r", "--rounds"}, paramLabel = "N", description = "Timed runs of each cell. Default: 5, quick 1")
    private Integer rounds;

    @Option(names = {"-t", "--threads"}, paramLabel = "N", description = "Threads on the host. Default: all processors")
    private Integer threads;

    @Option(names = "--quiet", description = "Nothing but the results, and errors.")
    private boolean quiet;

    @Spec
    private CommandSpec spec;

    StudyCommand(Streams streams, BackendSource source) {
        this.streams = streams;
        this.source = source;
    }

    @Override
    public Integer call() {
        if (merge != null) {
            output = output == null ? Path.of("merged") : output;
            checkMerge();
            return merged();
        }
        output = output == null ? Path.of("study") : output;
        StudySettings settings = settings();
        checkTypes();
        Path chosen = model == null ? DemoModel.file() : model;
        checkModel(chosen, settings);
        StudyOutput files = StudyOutput.in(output);
        return measured(request(chosen, settings, files), files);
    }

    private int measured(StudyRequest request, StudyOutput files) {
        StudyRunner runner = StudyRunner.inProcesses(request, StudyJvm::command, this::say, files::writeJson);
        Thread ending = Thread.ofPlatform().unstarted(() -> {
            Study kept = runner.stop();
            files.writeLast(kept);
            files.tidy();
            streams.status("\nqyclone: ended; what was measured is in " + output + ", marked incomplete");
        });
        Runtime.getRuntime().addShutdownHook(ending);
        Study study;
        try {
            files.makeScratch();
            study = runner.run();
        } finally {
            release(ending);
            files.tidy();
        }
        files.writeLast(study);
        print(study);
        return study.hasFaults() || !study.complete() ? ExitCode.FAILED : ExitCode.SUCCESS;
    }

    /** Where the program is being ended, the hook has the last word: this thread waits for it, and for the end. */
    private static void release(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            while (true) {
                try {
                    Thread.sleep(Long.MAX_VALUE);
                } catch (InterruptedException again) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }
    }

    /** What is measured cannot be chosen any more, and what is merged stays as it is. */
    private void checkMerge() {
        spec.commandLine().getParseResult().matchedOptions().stream().filter(option -> !WITH_MERGE.contains(option.longestName()))
                .findFirst().ifPresent(option -> {
                    throw Checks.wrong("--merge measures nothing: leave out " + option.shortestName(), spec);
                });
        for (Path input : merge) {
            if (StudyOutput.writes(output, input)) {
                throw Checks.wrong("--merge would replace " + input + " by what is written to " + output + ": name another folder with -o",
                        spec);
            }
        }
    }

    private int merged() {
        Study study = Study.merged(merge.stream().map(StudyFile::read).toList());
        StudyOutput.in(output).writeLast(study);
        print(study);
        new RunDifferences(study).sentences().forEach(this::say);
        return study.hasFaults() || !study.complete() ? ExitCode.FAILED : ExitCode.SUCCESS;
    }

    private StudySettings settings() {
        Checks.atLeast(1, prompt == null ? 1 : prompt, "-p", spec);
        Checks.atLeast(1, gen == null ? 1 : gen, "-n", spec);
        Checks.atLeast(1, rounds == null ? 1 : rounds, "-r", spec);
        Checks.atLeast(1, threads == null ? 1 : threads, "--threads", spec);
        int count = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
        return quick
                ? new StudySettings(either(prompt, 32), either(gen, 16), either(rounds, 1), 0.3, 10, 0, List.of(1, 9), 4, count)
                : new StudySettings(either(prompt, 128), either(gen, 32), either(rounds, 5), 2, 60, 20, List.of(1, 7, 33), 8, count);
    }

    private static int either(Integer asked, int otherwise) {
        return asked == null ? otherwise : asked;
    }

    private void checkTypes() {
        List<String> known = Stream.concat(Stream.of(CellTarget.STORED),
                Arrays.stream(TensorType.values()).map(type -> type.name().toLowerCase(Locale.ROOT))).toList();
        types = types.stream().map(type -> type.strip().toLowerCase(Locale.ROOT)).filter(type -> !type.isEmpty()).distinct().toList();
        if (types.isEmpty()) {
            throw Checks.wrong("--types names no type", spec);
        }
        types.stream().filter(type -> !known.contains(type)).findFirst().ifPresent(type -> {
            throw Checks.wrong("--types expects " + String.join(", ", known) + ", not '" + type + "'", spec);
        });
    }

    private void checkModel(Path chosen, StudySettings settings) {
        try (Model opened = ModelLoader.load(chosen)) {
            int context = opened.config().context();
            if (settings.positions() > context) {
                throw Checks.wrong("the tests need " + settings.positions() + " positions, the model was made for " + context
                        + "; give smaller -p or -n", spec);
            }
        }
    }

    /** The devices are listed here once; each cell finds its own again. */
    private StudyRequest request(Path chosen, StudySettings settings, StudyOutput files) {
        BackendOptions options = new BackendOptions(settings.threads(), false, CacheFolder.ofUser());
        String name = label == null || label.isBlank() ? StudyMachine.hostName() : label;
        try (Backends backends = source.open(options)) {
            DeviceList list = DeviceList.of(backends);
            Function<Device, List<KernelFamily>> families = device -> backends.of(device).families(device);
            List<CellTarget> targets;
            List<Cell> known = List.of();
            if (devices.equals(List.of(ALL))) {
                targets = StudyTargets.all(types, list.devices(), families);
                known = list.missing().stream().map(missing -> missingRow(name, missing)).toList();
            } else {
                targets = StudyTargets.of(types, places(backends), families);
            }
            Environment environment = StudyMachine.read(list);
            return new StudyRequest(name, chosen, settings, environment, targets, known, CacheFolder.ofUser(),
                    StudyMachine.driverCaches(), files.scratch(), files.folder().toAbsolutePath());
        }
    }

    private static Cell missingRow(String run, DeviceList.Missing missing) {
        CellTarget target = new CellTarget(CellTarget.STORED, List.of(missing.backend()), 0, CellTarget.AUTO);
        return Cell.without(run, target, CellTarget.STORED, Status.NOT_RUN, missing.reason() + "; " + missing.remedy());
    }

    private List<List<Device>> places(Backends backends) {
        List<List<Device>> places = devices.stream().map(String::strip).filter(words -> !words.isEmpty()).distinct()
                .map(words -> Arrays.stream(words.split(SHARED)).map(backends::device).toList()).toList();
        if (places.isEmpty()) {
            throw Checks.wrong("--devices names no device", spec);
        }
        return places;
    }

    private void say(String line) {
        if (!quiet) {
            streams.status("qyclone: " + line);
        }
    }

    private void print(Study study) {
        streams.print(StudyTable.of(study) + "\n" + Stream.of(StudyOutput.JSON, StudyOutput.CSV, StudyOutput.HTML)
                .map(name -> output.resolve(name).toString()).collect(Collectors.joining("\n")) + "\n");
    }
}
