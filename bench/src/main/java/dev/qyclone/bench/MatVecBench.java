package dev.qyclone.bench;

import dev.qyclone.engine.ops.PreparedWeights;
import dev.qyclone.engine.ops.ScalarOps;
import dev.qyclone.engine.ops.VectorOps;
import dev.qyclone.engine.ops.WorkerPool;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import java.lang.foreign.Arena;
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

/** Decode: one token times a matrix that comes from memory, never from a cache. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class MatVecBench {
    /** The K types go with shapes whose rows are a multiple of 256. */
    @Param({"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1"})
    TensorType type;
    /** With copies for decode, as stages have them, or over what is stored, as with --no-repack. */
    @Param({"true", "false"})
    boolean repack;
    /** Activations as floats, as with --exact, even where decode over copies would round them. */
    @Param("false")
    boolean exact;
    /** Of Qwen2 0.5B (dim 896, ffn 4864) and 7B (dim 3584, ffn 18944). */
    @Param({"896x896", "4864x896", "896x4864", "3584x3584", "18944x3584", "151936x896"})
    String shape;
    /** 0 = one per core. */
    @Param("0")
    int threads;

    private final Arena arena = Arena.ofShared();
    private WorkerPool pool;
    private VectorOps ops;
    private Limits limits;
    private double limit;
    private Tensor[] weights;
    private PreparedWeights prepared;
    private float[] x;
    private float[] out;
    private int next;

    /** Stored bytes of weights that were used up, also as a part of what the machine could read just before. */
    @AuxCounters
    @State(Scope.Thread)
    public static class Rate {
        public double gigabytesPerSecond;
        public double percentOfReadLimit;
    }

    @Setup
    public void setUp() {
        setUp(Limits.MEMORY_BYTES);
        limits = Limits.warm(pool, arena);
    }

    void setUp(long bytes) {
        pool = new WorkerPool(Threads.of(threads));
        ops = new VectorOps(pool);
        MatrixShape sizes = MatrixShape.of(shape);
        weights = RandomWeights.copies(arena, type, sizes, bytes);
        x = RandomWeights.gaussian(sizes.cols());
        out = new float[sizes.rows()];
        prepared = repack ? ops.prepare(List.of(weights), exact) : PreparedWeights.NONE;
        ops.matMul(weights[0], x, out, 1);
        int bits = repack && !exact ? PreparedWeights.activationBits(weights[0]) : 0;
        Correctness.requireProduct(new ScalarOps(pool), weights[0], x, out, 1, Correctness.tolerance(bits));
    }

    @Setup(Level.Iteration)
    public void measureLimit() {
        limit = limits.gigabytesPerSecond();
    }

    @Benchmark
    public float[] multiply(Rate rate) {
        Tensor weight = weights[next++ % weights.length];
        ops.matMul(weight, x, out, 1);
        rate.gigabytesPerSecond += weight.bytes() / 1e9;
        rate.percentOfReadLimit += weight.bytes() / 1e7 / limit;
        return out;
    }

    @TearDown
    public void close() {
        prepared.close();
        pool.close();
        arena.close();
    }
}
