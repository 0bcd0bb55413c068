package dev.qyclone.cli;

import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.generation.SessionOptions;
import dev.qyclone.engine.model.AttentionConfig;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.profiles.Choice;
import dev.qyclone.profiles.LayerRule;
import dev.qyclone.profiles.PlanRequest;
import dev.qyclone.profiles.Profile;
import dev.qyclone.profiles.yaml.BuiltInProfiles;
import dev.qyclone.profiles.yaml.Words;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Where and how a model runs: the same options on every command that runs one. */
final class EngineOptions {
    private static final String VECTOR_MODULE = "jdk.incubator.vector";
    static final String HEADING = "%nWhere and how it runs (docs/profiles.md has the profiles):%n";

    static final String RECHECK = "Compile the device's kernels and compare them with the plain reference first, even if that was done"
            + " before.";
    static final String NO_REPACK = "Read all weights where the file is mapped: no copies in the order in which decode on the host reads"
            + " types of 4 to 6 bits faster. Saves their memory and the time to make them.";
    static final String EXACT = "Keep activations as floats where decode on the host would round them for speed; qyclone inspect says"
            + " where it does, and what it changes.";

    @Option(names = {"-p", "--profile"}, paramLabel = "NAME|FILE",
            description = "Which device runs which layer: auto, cpu, gpu, split, fpga, debug, or a YAML file. Default: auto")
    private String profile;

    @Option(names = "--device", paramLabel = "ID",
            description = "Everything on one device: cpu computes with the Vector API, cpu:scalar with the plain reference ops;"
                    + " qyclone devices lists all.")
    private String device;

    @Option(names = "--layers", paramLabel = "RANGE=ID", split = ",",
            description = "Layers that run elsewhere than the profile says, such as 0-11=opencl:0:0 or 50%%-100%%=cpu; of two for one layer"
                    + " the last holds.")
    private List<String> layers = List.of();

    @Option(names = "--embedding", paramLabel = "ID", description = "Where rows of the embedding are looked up.")
    private String embedding;

    @Option(names = "--output", paramLabel = "ID", description = "Where final norm and logits are computed.")
    private String output;

    @Option(names = "--fallback", paramLabel = "ID", split = ",",
            description = "Where layers go whose device is missing, full, or found wrong, in this order.")
    private List<String> fallback;

    @Option(names = "--strict", description = "Nothing moves from its device: the run fails instead.")
    private boolean strict;

    @Option(names = "--threads", paramLabel = "N", description = "Threads that compute. Default: all processors")
    private Integer threads;

    @Option(names = "--ctx", paramLabel = "N",
            description = "Tokens that prompt and output may have together. Default: what the model was made for")
    private Integer context;

    @Option(names = "--kv", paramLabel = "TYPE",
            description = "How keys and values are kept: f32 exact, f16 in half the memory. Default: the profile's, else f32")
    private KvType kvType;

    @Option(names = "--kernels", paramLabel = "FAMILY",
            description = "Which form of their kernels devices run: parallel, context (work-groups with local memory), or fpga."
                    + " Default: the profile's, else what suits the device, as qyclone devices tells")
    private KernelFamily kernels;

    @Option(names = "--chunk", paramLabel = "N", description = "Prompt tokens computed at once. Default: "
            + SessionOptions.DEFAULT_BATCH)
    private Integer chunk;

    @Option(names = "--no-repack", description = NO_REPACK)
    private boolean stored;

    @Option(names = "--exact", description = EXACT)
    private boolean exact;

    @Option(names = "--recheck", description = RECHECK)
    private boolean recheck;

    /** Opens a model where the planner places it; stages that a device refuses go where the planner places them then. */
    PlacedModel open(Path path, AttentionOptions attention, BackendSource source, Streams streams, CommandSpec spec) {
        Profile wished = wished(spec);
        Backends backends = backends(source);
        Planning planning;
        Model model;
        try {
            model = load(path, wished, attention, spec);
            planning = plan(model, wished, backends, streams);
        } catch (RuntimeException e) {
            backends.close();
            throw e;
        }
        planning.tell();
        List<String> notes = attention.notes(model);
        Engine engine = Engine.open(model, backends, planning.plan().placement(), planning);
        planning.tell();
        sayIfSlow(engine, streams);
        return new PlacedModel(engine, new SessionOptions(planning.plan().context(), batch()), notes);
    }

    Backends backends(BackendSource source) {
        int count = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
        return source.open(new BackendOptions(count, recheck, CacheFolder.ofUser()));
    }

    static Model load(Path path, AttentionOptions attention, CommandSpec spec) {
        Model model = ModelLoader.load(path);
        try {
            return attention.applyTo(model, spec);
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    /** The model with the windows of the profile, where no flag says which layers see a window. */
    static Model load(Path path, Profile wished, AttentionOptions attention, CommandSpec spec) {
        Model model = load(path, attention, spec);
        if (!wished.hasWindows() || attention.sayWindows()) {
            return model;
        }
        try {
            AttentionConfig given = model.config().attention();
            return model.withAttention(given.withWindows(wished.windows(model.config().layers(), given::window)));
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    /** Plans an opened model, which is closed where that fails. */
    Planning plan(Model model, Profile wished, Backends backends, Streams streams) {
        try {
            PlanRequest request = new PlanRequest(context == null ? 0 : context, batch(), 1, strict, null, !stored, exact);
            return Planning.of(model, wished, backends, request, streams);
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    private int batch() {
        return chunk == null ? SessionOptions.DEFAULT_BATCH : chunk;
    }

    /** The profile that was named, with what the flags change. */
    Profile wished(CommandSpec spec) {
        checkAll(spec);
        Profile wished = device == null
                ? BuiltInProfiles.named(profile == null ? BuiltInProfiles.AUTO : profile)
                : Profile.allOn(device, "--device " + device);
        List<LayerRule> moved = new ArrayList<>();
        for (String text : layers.reversed()) { // the last one wins, as of other flags
            moved.add(Words.move(text, "--layers " + text).orElseThrow(() -> Checks.wrong(
                    "--layers expects " + Words.RANGES + ", = and a device, such as 0-11=opencl:0:0, not '" + text + "'", spec)));
        }
        if (!moved.isEmpty()) {
            wished = wished.withRulesBefore(moved);
        }
        if (embedding != null) {
            wished = wished.withEmbedding(new Choice(embedding, "--embedding " + embedding));
        }
        if (output != null) {
            wished = wished.withOutput(new Choice(output, "--output " + output));
        }
        if (fallback != null) {
            wished = wished.withFallback(fallback, "--fallback " + String.join(",", fallback));
        }
        if (kernels != null) {
            wished = wished.withKernels(new KernelChoice(kernels, 0));
        }
        return kvType == null ? wished : wished.withKv(kvType);
    }

    private static void sayIfSlow(Engine engine, Streams streams) {
        boolean onCpu = engine.placement().devices().stream().anyMatch(used -> used.id().equals("cpu"));
        if (onCpu && ModuleLayer.boot().findModule(VECTOR_MODULE).isEmpty()) {
            streams.status("qyclone: the vector module is missing, so the slow reference ops run; start it with ./qyclone, or with"
                    + " java --add-modules " + VECTOR_MODULE + " --enable-native-access=ALL-UNNAMED -jar qyclone.jar");
        }
    }

    private void checkAll(CommandSpec spec) {
        checkPositive(threads, "--threads", spec);
        checkPositive(context, "--ctx", spec);
        checkPositive(chunk, "--chunk", spec);
        boolean placed = profile != null || !layers.isEmpty() || embedding != null || output != null;
        if (device != null && placed) {
            throw Checks.wrong("--device puts everything on one device; leave out that, or -p, --layers, --embedding, --output", spec);
        }
    }

    private static void checkPositive(Integer value, String option, CommandSpec spec) {
        if (value != null) {
            Checks.atLeast(1, value, option, spec);
        }
    }
}
