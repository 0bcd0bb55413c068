package dev.qyclone.bench;

import dev.qyclone.bench.tokens.FlopsPerPrompt;
import dev.qyclone.bench.tokens.UsedWeights;
import dev.qyclone.engine.cpu.CpuBackend;
import dev.qyclone.engine.cpu.RoundedDecode;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.ops.WorkerPool;
import dev.qyclone.engine.stage.AttentionPolicies;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.CacheSpec;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.HiddenStates;
import dev.qyclone.engine.stage.LayerStage;
import dev.qyclone.engine.stage.StageCache;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.engine.tensor.TensorType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Arrays;
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

/**
 * The layers of a model on any device, through the contract of stages: decode with 1 row, prefill with many. One layer alone may lie in a
 * cache, so all run in turn, and the counters are of one.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class LayerBench {
    /** Rows that fill the cache at once. */
    private static final int FILL = 128;

    /** As {@code qyclone devices} lists it; a fork whose device is missing says why, and the next one runs. */
    @Param("cpu")
    String device;
    /** A published shape, as {@code qyclone synth} has them. */
    @Param("qwen2-0.5b")
    String shape;
    @Param({"F16", "Q8_0", "Q4_0"})
    TensorType type;
    /** Rows of a call. */
    @Param({"1", "128"})
    int tokens;
    /** Positions before them. */
    @Param("0")
    int depth;
    /** 0 = one per core. */
    @Param("0")
    int threads;

    private final Arena arena = Arena.ofShared();
    private SyntheticFile file;
    private Model model;
    private Backends backends;
    private LayerStage stage;
    private StageCache cache;
    private HiddenStates x;
    private float[] input;
    private double gigabytes;
    private double gigaflops;
    private WorkerPool pool;
    private Limits limits;
    private double readLimit;
    private double multiplyLimit;

    /** Of the weights that were read and of what was multiplied, also as parts of what the host could do just before. */
    @AuxCounters
    @State(Scope.Thread)
    public static class Rate {
        public double layersPerSecond;
        public double gigabytesPerSecond;
        public double percentOfReadLimit;
        public double gigaflopsPerSecond;
        public double percentOfFmaPeak;
    }

    @Setup
    public void setUp() {
        setUpStage();
        pool = new WorkerPool(Threads.of(threads));
        limits = Limits.warm(pool, arena);
    }

    void setUpStage() {
        file = SyntheticFile.of(shape, type);
        model = ModelLoader.load(file.path());
        backends = Backends.discover(new BackendOptions(Threads.of(threads)));
        Device chosen = backends.device(device);
        int layers = model.config().layers();
        stage = open(chosen, layers);
        cache = cache(stage);
        x = new HiddenStates(Math.max(tokens, FILL), model.config().dim());
        input = RandomWeights.gaussian(x.capacity() * model.config().dim());
        fill(stage, cache);
        for (int layer = 0; layer < layers; layer++) {
            gigabytes += UsedWeights.bytes(model.layers().get(layer), model.config().mixture()) / 1e9 / layers;
            gigaflops += FlopsPerPrompt.ofLayer(model, layer, depth, tokens) / 1e9 / layers;
        }
        requireParity();
    }

    private LayerStage open(Device on, int layers) {
        return backends.of(on).openLayers(model, on, 0, layers, options());
    }

    private StageOptions options() {
        return StageOptions.DEFAULT.withContext(depth + tokens).withBatch(Math.max(tokens, FILL));
    }

    private StageCache cache(LayerStage of) {
        return of.openCache(new CacheSpec(depth + tokens, new AttentionPolicies(model.config()).forPrompt(1)));
    }

    private void fill(LayerStage of, StageCache into) {
        while (into.length() < depth) {
            forward(of, into, Math.min(FILL, depth - into.length()));
        }
    }

    private void forward(LayerStage of, StageCache with, int rows) {
        x.resize(rows);
        System.arraycopy(input, 0, x.data(), 0, rows * x.dim());
        of.forward(with, x, with.length());
    }

    /** The first layer, by the plain ops; a prompt's first rows and cache are enough. */
    private void requireParity() {
        try (LayerStage plain = open(backends.device("cpu:scalar"), 1); StageCache plainCache = cache(plain);
                LayerStage first = open(backends.device(device), 1); StageCache firstCache = cache(first)) {
            int rows = Math.min(tokens, 2);
            forward(plain, plainCache, rows);
            float[] expected = Arrays.copyOf(x.data(), rows * x.dim());
            forward(first, firstCache, rows);
            int bits = tokens == 1 && device.equals(CpuBackend.CPU) ? RoundedDecode.bits(model, options()) : 0;
            Correctness.requireClose(expected, x.data(), "layer 0 on " + device, Correctness.tolerance(bits));
        }
    }

    @Setup(Level.Iteration)
    public void measureLimits() {
        readLimit = limits.gigabytesPerSecond();
        multiplyLimit = limits.gigaflopsPerSecond();
    }

    @Benchmark
    public float[] forward(Rate rate) {
        cache.truncate(depth);
        forward(stage, cache, tokens);
        int layers = stage.layerCount();
        rate.layersPerSecond += layers;
        rate.gigabytesPerSecond += layers * gigabytes;
        rate.percentOfReadLimit += 100 * layers * gigabytes / readLimit;
        rate.gigaflopsPerSecond += layers * gigaflops;
        rate.percentOfFmaPeak += 100 * layers * gigaflops / multiplyLimit;
        return x.data();
    }

    @TearDown
    public void close() throws IOException {
        if (stage != null) {
            cache.close();
            stage.close();
        }
        if (backends != null) {
            backends.close();
        }
        if (model != null) {
            model.close();
        }
        if (pool != null) {
            pool.close();
        }
        arena.close();
        if (file != null) {
            file.close();
        }
    }
}
