package dev.qyclone.bench;

import dev.qyclone.bench.tokens.CellRun;
import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.generation.Session;
import dev.qyclone.engine.generation.SessionOptions;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Whole tokens of a model on any device: one behind the other, and a prompt at once. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class ModelBench {
    /** A .gguf file or a folder; there is no other default than the reason to name one. */
    @Param("")
    String model;
    /** As {@code qyclone devices} lists it; a fork whose device is missing says why, and the next one runs. */
    @Param("cpu")
    String device;
    /** Ids of a prompt, and positions that decode fills before it begins again. */
    @Param("128")
    int tokens;

    private Engine engine;
    private Session session;
    private int[] prompt;

    /** Ids that were computed. */
    @AuxCounters
    @State(Scope.Thread)
    public static class Rate {
        public double tokensPerSecond;
    }

    @Setup
    public void setUp() {
        if (model.isEmpty()) {
            throw new IllegalArgumentException("no model: name one with -p model=FILE");
        }
        engine = Engine.open(Path.of(model), device);
        session = engine.newSession(new SessionOptions(tokens, tokens));
        prompt = CellRun.randomIds(tokens, engine.config().vocab());
    }

    @Benchmark
    public float[] decode(Rate rate) {
        if (session.length() == tokens) {
            session.truncate(0);
        }
        rate.tokensPerSecond++;
        return session.append(new int[] {prompt[session.length()]}, Session.Progress.NONE);
    }

    @Benchmark
    public float[] prefill(Rate rate) {
        session.truncate(0);
        rate.tokensPerSecond += tokens;
        return session.append(prompt, Session.Progress.NONE);
    }

    @TearDown
    public void close() {
        if (engine != null) {
            session.close();
            engine.close();
        }
    }
}
