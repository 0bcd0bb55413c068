package dev.qyclone.bench;

import dev.qyclone.engine.ops.ScalarOps;
import dev.qyclone.engine.ops.VectorOps;
import dev.qyclone.engine.ops.WorkerPool;
import java.lang.foreign.Arena;
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

/** The norm before each half of a layer; one row lies in the cache, where the percentage of what memory gives exceeds 100. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class RmsNormBench {
    private static final float EPS = 1e-6f;

    @Param({"896", "3584"})
    int dim;
    @Param({"1", "512"})
    int tokens;
    /** 0 = one per core. */
    @Param("0")
    int threads;

    private final Arena arena = Arena.ofShared();
    private WorkerPool pool;
    private VectorOps ops;
    private Limits limits;
    private double limit;
    private float[] x;
    private float[] weight;
    private float[] out;

    /** Bytes that were read and written, also as a part of what the machine could read just before. */
    @AuxCounters
    @State(Scope.Thread)
    public static class Rate {
        public double gigabytesPerSecond;
        public double percentOfReadLimit;
    }

    @Setup
    public void setUp() {
        setUpOps();
        limits = Limits.warm(pool, arena);
    }

    void setUpOps() {
        pool = new WorkerPool(Threads.of(threads));
        ops = new VectorOps(pool);
        x = RandomWeights.gaussian(tokens * dim);
        weight = RandomWeights.gaussian(dim);
        out = new float[x.length];
        float[] expected = new float[x.length];
        new ScalarOps(pool).rmsNorm(x, weight, EPS, expected, tokens, dim);
        ops.rmsNorm(x, weight, EPS, out, tokens, dim);
        Correctness.requireClose(expected, out, "rmsNorm");
    }

    @Setup(Level.Iteration)
    public void measureLimit() {
        limit = limits.gigabytesPerSecond();
    }

    @Benchmark
    public float[] norm(Rate rate) {
        ops.rmsNorm(x, weight, EPS, out, tokens, dim);
        double gigabytes = 2e-9 * Float.BYTES * x.length;
        rate.gigabytesPerSecond += gigabytes;
        rate.percentOfReadLimit += 100 * gigabytes / limit;
        return out;
    }

    @TearDown
    public void close() {
        pool.close();
        arena.close();
    }
}
