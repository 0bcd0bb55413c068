package dev.qyclone.bench;

import dev.qyclone.engine.ops.WorkerPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
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
 * What it costs to share work: a part for each thread, none of which ends before all have begun. Right behind the last work the workers
 * still spin; after some milliseconds they are parked and the operating system has to wake them.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class WorkerPoolBench {
    /** Milliseconds without work before each piece; not timed. */
    @Param({"0", "10"})
    int idle;
    /** 0 = one per core. */
    @Param("0")
    int threads;

    private final AtomicInteger begun = new AtomicInteger();
    private final WorkerPool.Work meeting = this::meet;
    private WorkerPool pool;

    @Setup
    public void setUp() {
        pool = new WorkerPool(Threads.of(threads));
        forkAndJoin();
        if (begun.get() != pool.threads()) {
            throw new IllegalStateException(begun.get() + " parts began of " + pool.threads());
        }
    }

    @Setup(Level.Invocation)
    public void rest() throws InterruptedException {
        if (idle > 0) {
            Thread.sleep(idle);
        }
    }

    @Benchmark
    public void forkAndJoin() {
        begun.set(0);
        pool.run(pool.threads(), meeting);
    }

    private void meet(int part, int worker) {
        begun.incrementAndGet();
        while (begun.get() < pool.threads()) {
            Thread.onSpinWait();
        }
    }

    @TearDown
    public void close() {
        pool.close();
    }
}
