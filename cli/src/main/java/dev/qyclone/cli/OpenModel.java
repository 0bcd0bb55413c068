package dev.qyclone.cli;

import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.generation.GenerationResult;
import dev.qyclone.engine.generation.PrefixCache;
import dev.qyclone.engine.generation.Session;
import dev.qyclone.engine.generation.SessionOptions;
import dev.qyclone.engine.model.GenerationDefaults;
import dev.qyclone.engine.sampler.SamplerSettings;
import dev.qyclone.engine.stage.CloseAll;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;

/** A model and one session on it, ready to write text, with the time that took. */
final class OpenModel implements AutoCloseable {
    private final Engine engine;
    private final SessionOptions sessionOptions;
    private final Session session;
    private final GenerationDefaults defaults;
    private final boolean demo;
    private final long loadNanos;

    private OpenModel(PlacedModel placed, Session session, GenerationDefaults defaults, boolean demo, long loadNanos) {
        this.engine = placed.engine();
        this.sessionOptions = placed.sessionOptions();
        this.session = session;
        this.defaults = defaults;
        this.demo = demo;
        this.loadNanos = loadNanos;
    }

    /**
     * Opens the model that was named, or the demo model, and says on stderr which one and where it runs.
     *
     * @param path null for the demo model
     */
    static OpenModel open(Path path, EngineOptions options, AttentionOptions attention, BackendSource source, Streams streams,
            boolean quiet, CommandSpec spec) {
        long start = System.nanoTime();
        if (path == null && !quiet) {
            streams.status("qyclone: no model named with -m, so the demo model tells: small, and raised on fairy tales alone");
        }
        PlacedModel placed = options.open(path == null ? DemoModel.file() : path, attention, source, streams, spec);
        try {
            Engine engine = placed.engine();
            Session session = placed.newSession();
            if (!quiet) {
                Placement placement = engine.placement();
                placement.runs().forEach(run -> streams.status(words(run, engine) + (run == placement.runs().getLast()
                        ? "; output on " + placement.output().id() : "")));
                placed.notes().forEach(note -> streams.status("qyclone: " + note));
            }
            engine.tokenizer();
            GenerationDefaults defaults = GenerationDefaults.of(engine.model().source());
            MappedWeights.of(engine.model(), engine.placement()).read(streams, quiet);
            return new OpenModel(placed, session, defaults, path == null, System.nanoTime() - start);
        } catch (RuntimeException e) {
            placed.close();
            throw e;
        }
    }

    private static String words(Placement.Run run, Engine engine) {
        Device device = run.device();
        int last = run.firstLayer() + run.count() - 1;
        String layers = run.count() == 1 ? "layer " + last : "layers " + run.firstLayer() + "-" + last;
        return "qyclone: " + layers + " on " + device.id() + " (" + device.name() + "): "
                + engine.backends().of(device).note(device, run.options().kernels()) + "; " + run.reason();
    }

    Engine engine() {
        return engine;
    }

    Session session() {
        return session;
    }

    /** Another one, which shares the beginnings of prompts with those of the same cache. */
    Session newSession(PrefixCache prefixes) {
        return engine.newSession(sessionOptions, prefixes);
    }

    /** How this model is meant to be sampled where the user says nothing. */
    SamplerSettings sampling() {
        return demo ? DemoModel.sampling() : SamplerSettings.of(defaults, 0);
    }

    RunStatistics statistics(GenerationResult result) {
        return statistics(result, session);
    }

    /** Of an answer on a session of the caller's. */
    RunStatistics statistics(GenerationResult result, Session session) {
        Runtime runtime = Runtime.getRuntime();
        long weights = engine.model().source().weights().tensors().values().stream().mapToLong(Tensor::bytes).sum();
        return new RunStatistics(loadNanos, result, weights, session.cacheBytes(), runtime.totalMemory() - runtime.freeMemory());
    }

    @Override
    public void close() {
        CloseAll.of(List.of(session, engine));
    }
}
