package dev.qyclone.bench;

import dev.qyclone.engine.ops.ScalarOps;
import dev.qyclone.engine.ops.VectorOps;
import dev.qyclone.engine.ops.WorkerPool;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
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

/** Prefill: many tokens times a matrix. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class MatMatBench {
    @Param({"F16", "Q8_0", "Q4_0"})
    TensorType type;
    /** Of Qwen2 0.5B (dim 896, ffn 4864) and 7B (dim 3584). */
    @Param({"896x896", "4864x896", "896x4864", "3584x3584"})
    String shape;
    @Param({"32", "512"})
    int tokens;
    /** 0 = one per core. */
    @Param("0")
    int threads;

    private final Arena arena = Arena.ofShared();
    private WorkerPool pool;
    private VectorOps ops;
    private Limits limits;
    private double limit;
    private Tensor weight;
    private float[] x;
    private float[] out;

    /** Multiplications and additions, also as a part of what the machine could do in registers just before. */
    @AuxCounters
    @State(Scope.Thread)
    public static class Rate {
        public double gigaflopsPerSecond;
        public double percentOfFmaPeak;
    }

    @Setup
    public void setUp() {
        setUpOps();
        limits = Limits.warm(pool, arena);
    }

    void setUpOps() {
        pool = new WorkerPool(Threads.of(threads));
        ops = new VectorOps(pool);
        MatrixShape sizes = MatrixShape.of(shape);
        weight = RandomWeights.copies(arena, type, sizes, 1)[0];
        x = RandomWeights.gaussian(tokens * sizes.cols());
        out = new float[tokens * sizes.rows()];
        ops.matMul(weight, x, out, tokens);
        Correctness.requireProduct(new ScalarOps(pool), weight, x, out, tokens);
    }

    @Setup(Level.Iteration)
    public void measureLimit() {
        limit = limits.gigaflopsPerSecond();
    }

    @Benchmark
    public float[] multiply(Rate rate) {
        ops.matMul(weight, x, out, tokens);
        double gigaflops = 2e-9 * tokens * weight.elements();
        rate.gigaflopsPerSecond += gigaflops;
        rate.percentOfFmaPeak += 100 * gigaflops / limit;
        return out;
    }

    @TearDown
    public void close() {
        pool.close();
        arena.close();
    }
}
