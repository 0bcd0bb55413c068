package dev.qyclone.bench;

import dev.qyclone.engine.ops.WorkerPool;
import java.lang.foreign.Arena;
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

/** The machine's limits as benchmarks of their own: memory read by several far streams per thread, and the float32 peak. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class MachineLimits {
    /** 0 = one per core. */
    @Param("0")
    int threads;

    private final Arena arena = Arena.ofShared();
    private WorkerPool pool;
    private Limits limits;

    /** Bytes that were read. */
    @AuxCounters
    @State(Scope.Thread)
    public static class ReadRate {
        public double gigabytesPerSecond;
    }

    /** Multiplications and additions. */
    @AuxCounters
    @State(Scope.Thread)
    public static class MultiplyRate {
        public double gigaflopsPerSecond;
    }

    @Setup
    public void setUp() {
        setUp(Limits.MEMORY_BYTES, 1 << 20);
    }

    void setUp(long bytes, int steps) {
        pool = new WorkerPool(Threads.of(threads));
        limits = new Limits(pool, arena, bytes, steps);
    }

    @Benchmark
    public void read(ReadRate rate) {
        limits.readOnce();
        rate.gigabytesPerSecond += limits.bytesPerPass() / 1e9;
    }

    @Benchmark
    public void multiplyAdd(MultiplyRate rate) {
        limits.multiplyOnce();
        rate.gigaflopsPerSecond += limits.operationsPerPass() / 1e9;
    }

    @TearDown
    public void close() {
        pool.close();
        arena.close();
    }
}
