package dev.qyclone.bench;

import dev.qyclone.engine.ops.KvCache;
import dev.qyclone.engine.ops.ScalarOps;
import dev.qyclone.engine.ops.VectorOps;
import dev.qyclone.engine.ops.WorkerPool;
import dev.qyclone.engine.stage.AttentionPolicy;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.RopeTable;
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

/** One decoded token's attention in one layer; the caches of many layers take turns, as they do in a model. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class AttentionBench {
    /** Positions that are seen. */
    @Param({"1024", "4096", "16384"})
    int depth;
    /** heads/kvHeads/headDim: of Qwen2 0.5B and 7B. */
    @Param({"14/2/64", "28/4/128"})
    String heads;
    @Param({"F32", "F16"})
    KvType kvType;
    /** 0 = one per core. */
    @Param("0")
    int threads;

    private final Arena arena = Arena.ofShared();
    private WorkerPool pool;
    private VectorOps ops;
    private Limits limits;
    private double limit;
    private KvCache[] caches;
    private AttentionPolicy policy;
    private float[] q;
    private float[] out;
    private int queryHeads;
    private double gigabytes;
    private int next;

    /** Stored bytes of keys and values that were read, also as a part of what the machine could read just before. */
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
        String[] sizes = heads.split("/");
        queryHeads = Integer.parseInt(sizes[0]);
        int kvHeads = Integer.parseInt(sizes[1]);
        int headDim = Integer.parseInt(sizes[2]);
        long each = 2L * depth * kvHeads * headDim * kvType.bytes();
        gigabytes = each / 1e9;
        float[] k = RandomWeights.gaussian(depth * kvHeads * headDim);
        caches = new KvCache[Math.toIntExact(Math.ceilDiv(bytes, each))];
        for (int i = 0; i < caches.length; i++) {
            caches[i] = new KvCache(kvHeads, headDim, depth, kvType);
            caches[i].append(k, k, depth);
        }
        policy = AttentionPolicy.full(RopeTable.plain(1e6, headDim));
        q = RandomWeights.gaussian(queryHeads * headDim);
        out = new float[q.length];
        float[] expected = new float[q.length];
        new ScalarOps(pool).attention(q, caches[0], policy, expected, 1, queryHeads, depth - 1);
        attend(caches[0]);
        Correctness.requireClose(expected, out, "attention");
    }

    @Setup(Level.Iteration)
    public void measureLimit() {
        limit = limits.gigabytesPerSecond();
    }

    @Benchmark
    public float[] oneToken(Rate rate) {
        attend(caches[next++ % caches.length]);
        rate.gigabytesPerSecond += gigabytes;
        rate.percentOfReadLimit += 100 * gigabytes / limit;
        return out;
    }

    private void attend(KvCache cache) {
        ops.attention(q, cache, policy, out, 1, queryHeads, depth - 1);
    }

    @TearDown
    public void close() {
        for (KvCache cache : caches) {
            cache.close();
        }
        pool.close();
        arena.close();
    }
}
