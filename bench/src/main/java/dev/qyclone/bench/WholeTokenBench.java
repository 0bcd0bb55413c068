package dev.qyclone.bench;

import dev.qyclone.bench.tokens.BytesPerToken;
import dev.qyclone.bench.tokens.CellRun;
import dev.qyclone.bench.tokens.DeviceTime;
import dev.qyclone.bench.tokens.DeviceTimer;
import dev.qyclone.bench.tokens.FlopsPerPrompt;
import dev.qyclone.bench.tokens.Parity;
import dev.qyclone.bench.tokens.PromptFlow;
import dev.qyclone.bench.tokens.TokenTest;
import dev.qyclone.engine.cpu.RoundedDecode;
import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.generation.Session;
import dev.qyclone.engine.generation.SessionOptions;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.ops.WorkerPool;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.tensor.TensorType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.BenchmarkParams;

/** Whole tokens of a model on any device: one behind the other, and a prompt at once. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class WholeTokenBench {
    /** Tokens whose kernels' times are taken, and as many without: as {@code qyclone bench} does it. */
    private static final int PAIRS = 8;

    /** A .gguf file or a folder; empty for random weights of {@link #shape} and {@link #type}, in a file for as long as it takes. */
    @Param("")
    String model;
    /** A published shape, as {@code qyclone synth} has them. */
    @Param("qwen2-0.5b")
    String shape;
    @Param({"F16", "Q8_0", "Q4_0"})
    TensorType type;
    /** As {@code qyclone devices} lists it; a fork whose device is missing says why, and the next one runs. */
    @Param("cpu")
    String device;
    /** Ids of a prompt, and positions that decode fills before it begins again. */
    @Param("128")
    int tokens;
    /** 0 = one per core. */
    @Param("0")
    int threads;
    /** Ids of the prompt after which the logits, and those of three ids more, must be those of {@code cpu:scalar}; 0 for no comparison. */
    @Param("1")
    int parity;

    private final Arena arena = Arena.ofShared();
    private SyntheticFile synthetic;
    private WorkerPool pool;
    private Limits limits;
    private double readLimit;
    private double multiplyLimit;
    private Engine engine;
    private Session session;
    private int[] prompt;
    private double gigabytes;
    private double gigaflops;
    private DeviceTime deviceTime = DeviceTime.NONE;

    /**
     * Kernels that a token launches, what they take by the driver's clock, and what is left of the token's time; 0 where the host computes,
     * which launches none. Summed with the seconds of calls, as JMH divides by the seconds of all.
     */
    @AuxCounters
    @State(Scope.Thread)
    public static class PerToken {
        public double launches;
        public double kernelMillis;
        public double hostMillis;

        void add(DeviceTime time, double seconds) {
            if (time != DeviceTime.NONE) {
                launches += time.launches() * seconds;
                kernelMillis += time.kernelNanos() / 1e6 * seconds;
                hostMillis += time.hostNanos() / 1e6 * seconds;
            }
        }
    }

    /** Ids that were written, and what was read for them, also as a part of what the host could read just before. */
    @AuxCounters
    @State(Scope.Thread)
    public static class DecodeRate {
        public double tokensPerSecond;
        public double gigabytesPerSecond;
        public double percentOfReadLimit;
    }

    /** Ids that were read, and what was multiplied for them, also as a part of what the host could do in registers just before. */
    @AuxCounters
    @State(Scope.Thread)
    public static class PrefillRate {
        public double tokensPerSecond;
        public double gigaflopsPerSecond;
        public double percentOfFmaPeak;
    }

    @Setup
    public void setUp() {
        setUpModel();
        pool = new WorkerPool(Threads.of(threads));
        limits = Limits.warm(pool, arena);
    }

    void setUpModel() {
        if (model.isEmpty()) {
            synthetic = SyntheticFile.of(shape, type);
        }
        Path file = model.isEmpty() ? synthetic.path() : Path.of(model);
        engine = open(file, device);
        SessionOptions options = new SessionOptions(tokens + 1, tokens);
        session = engine.newSession(options);
        prompt = CellRun.randomIds(tokens, engine.config().vocab());
        gigabytes = BytesPerToken.of(engine.model(), KvType.F32, new TokenTest(0, tokens, 0)) / 1e9;
        gigaflops = FlopsPerPrompt.of(engine.model(), 0, tokens) / 1e9;
        if (parity > 0) {
            requireParity(file);
        }
    }

    private Engine open(Path file, String id) {
        Backends backends = Backends.discover(new BackendOptions(Threads.of(threads)));
        try {
            Device chosen = backends.device(id);
            Model loaded = ModelLoader.load(file);
            return Engine.open(loaded, backends, Placement.allOn(chosen, loaded.config().layers(), "asked for"));
        } catch (RuntimeException e) {
            backends.close();
            throw e;
        }
    }

    private void requireParity(Path file) {
        try (Engine reference = open(file, "cpu:scalar")) {
            int ids = Math.min(parity, tokens);
            Parity found = Parity.of(engine, reference, new SessionOptions(ids + 4, ids), CellRun.randomIds(ids, engine.config().vocab()));
            if (!found.sound(RoundedDecode.bits(engine.model(), engine.placement()))) {
                throw new IllegalStateException(device + " is off by a relative L2 of " + found.relativeL2() + ": not timed");
            }
        }
    }

    /** What the benchmark that runs is held to, and what kernels take in it. */
    @Setup(Level.Iteration)
    public void measureLimits(BenchmarkParams running) {
        readLimit = limits.gigabytesPerSecond();
        multiplyLimit = limits.gigaflopsPerSecond();
        timeKernels(running.getBenchmark().endsWith(".prefill"));
    }

    /** Of a prompt, or of single tokens in the middle of the text that {@link #decode} writes. */
    void timeKernels(boolean ofPrompt) {
        DeviceTimer timer = new DeviceTimer(engine);
        if (!timer.useful()) {
            return;
        }
        TokenTest test = ofPrompt ? new TokenTest(tokens, 0, 0) : new TokenTest(0, 1, tokens / 2);
        CellRun run = new CellRun(test, tokens, PromptFlow.PIPELINED, engine.config().vocab(), List.of(session));
        for (int i = 0; i < (ofPrompt ? 1 : PAIRS); i++) {
            timer.pair(run, test.tokens());
        }
        deviceTime = timer.time();
    }

    @Benchmark
    public float[] decode(DecodeRate rate, PerToken token) {
        if (session.length() == tokens) {
            session.truncate(0);
        }
        long start = System.nanoTime();
        float[] logits = session.append(prompt[session.length()]);
        token.add(deviceTime, (System.nanoTime() - start) / 1e9);
        rate.tokensPerSecond++;
        rate.gigabytesPerSecond += gigabytes;
        rate.percentOfReadLimit += 100 * gigabytes / readLimit;
        return logits;
    }

    @Benchmark
    public float[] prefill(PrefillRate rate, PerToken token) {
        session.truncate(0);
        long start = System.nanoTime();
        float[] logits = session.append(prompt, Session.Progress.NONE);
        token.add(deviceTime, (System.nanoTime() - start) / 1e9);
        rate.tokensPerSecond += tokens;
        rate.gigaflopsPerSecond += gigaflops;
        rate.percentOfFmaPeak += 100 * gigaflops / multiplyLimit;
        return logits;
    }

    @TearDown
    public void close() throws IOException {
        if (session != null) {
            session.close();
        }
        if (engine != null) {
            engine.close();
        }
        if (pool != null) {
            pool.close();
        }
        arena.close();
        if (synthetic != null) {
            synthetic.close();
        }
    }
}
