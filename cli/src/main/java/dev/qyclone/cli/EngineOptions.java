package dev.qyclone.cli;

import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.generation.SessionOptions;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.profiles.Footprint;
import dev.qyclone.profiles.Plan;
import dev.qyclone.profiles.Planner;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Where and how a model runs: the same options on every command that runs one. */
final class EngineOptions {
    private static final String VECTOR_MODULE = "jdk.incubator.vector";
    static final String HEADING = "%nWhere and how it runs:%n";

    @Option(names = "--device", paramLabel = "ID",
            description = "cpu computes with the Vector API, cpu:scalar with the plain reference ops. Default: cpu")
    private String device = "cpu";

    @Option(names = "--threads", paramLabel = "N", description = "Threads that compute. Default: all processors")
    private Integer threads;

    @Option(names = "--ctx", paramLabel = "N",
            description = "Tokens that prompt and output may have together. Default: what the model was made for")
    private Integer context;

    @Option(names = "--kv", paramLabel = "TYPE",
            description = "How keys and values are kept: f32 exact, f16 in half the memory. Default: f32")
    private KvType kvType = KvType.F32;

    @Option(names = "--chunk", paramLabel = "N", description = "Prompt tokens computed at once. Default: "
            + SessionOptions.DEFAULT_BATCH)
    private Integer chunk;

    @Option(names = "--recheck", description = "Compare the device's kernels with the plain reference first, even if that was done before.")
    private boolean recheck;

    /** Opens a model where the planner places it: all its layers on the device that was asked for. */
    PlacedModel open(Path path, AttentionOptions attention, Streams streams, CommandSpec spec) {
        checkAll(spec);
        sayIfSlow(streams);
        int count = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
        Backends backends = Backends.discover(new BackendOptions(count, recheck, CacheFolder.ofUser()));
        Model model;
        Plan plan;
        try {
            Device chosen = backends.device(device);
            model = load(path, attention, spec);
            plan = plan(model, chosen);
        } catch (RuntimeException e) {
            backends.close();
            throw e;
        }
        plan.warnings().forEach(warning -> streams.status("qyclone: " + warning));
        int batch = chunk == null ? SessionOptions.DEFAULT_BATCH : chunk;
        List<String> notes = attention.notes(model);
        return new PlacedModel(Engine.open(model, backends, plan.placement()), new SessionOptions(plan.context(), batch), notes);
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

    private Plan plan(Model model, Device chosen) {
        try {
            return Planner.onOneDevice(Footprint.of(model, kvType), chosen, model.config().context(), context == null ? 0 : context,
                    StageOptions.DEFAULT.withKvType(kvType).withBatch(chunk == null ? SessionOptions.DEFAULT_BATCH : chunk));
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    private void sayIfSlow(Streams streams) {
        if (device.equals("cpu") && ModuleLayer.boot().findModule(VECTOR_MODULE).isEmpty()) {
            streams.status("qyclone: the vector module is missing, so the slow reference ops run; start it with ./qyclone, or with"
                    + " java --add-modules " + VECTOR_MODULE + " --enable-native-access=ALL-UNNAMED -jar qyclone.jar");
        }
    }

    private void checkAll(CommandSpec spec) {
        checkPositive(threads, "--threads", spec);
        checkPositive(context, "--ctx", spec);
        checkPositive(chunk, "--chunk", spec);
    }

    private static void checkPositive(Integer value, String option, CommandSpec spec) {
        if (value != null) {
            Checks.atLeast(1, value, option, spec);
        }
    }
}
