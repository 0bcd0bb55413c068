package dev.qyclone.cli;

import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.generation.GenerationResult;
import dev.qyclone.engine.generation.PrefixCache;
import dev.qyclone.engine.generation.Session;
import dev.qyclone.engine.generation.SessionOptions;
import dev.qyclone.engine.model.GenerationDefaults;
import dev.qyclone.engine.sampler.SamplerSettings;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.Collection;
import picocli.CommandLine.Model.CommandSpec;

/** A model and one session on it, ready to write text, with the time that took. */
final class OpenModel implements AutoCloseable {
    private static final long LARGE = 256_000_000;
    private static final int PAGE = 4096;

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
            read(engine, streams, quiet);
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

    /** Brings large weights from the disk into memory now, where a bar can show it, and not during the first tokens. */
    private static void read(Engine engine, Streams streams, boolean quiet) {
        Collection<Tensor> tensors = engine.model().source().weights().tensors().values();
        long total = tensors.stream().mapToLong(Tensor::bytes).sum();
        long memory = engine.placement().embedding().memoryBytes();
        if (total < LARGE || total > memory * 3 / 4) {
            return;
        }
        try (TerminalBar bar = TerminalBar.start(streams, !quiet, "load", " MB", 1_000_000, total)) {
            long done = 0;
            for (Tensor tensor : tensors) {
                touchPages(tensor.data());
                done += tensor.bytes();
                bar.to(done);
            }
        }
    }

    private static void touchPages(MemorySegment data) {
        int sum = 0;
        for (long at = 0; at < data.byteSize(); at += PAGE) {
            sum += data.get(ValueLayout.JAVA_BYTE, at);
        }
        Reference.reachabilityFence(sum);
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
        session.close();
        engine.close();
    }
}
