package dev.qyclone.bench;

import dev.qyclone.engine.ops.KvCache;
import dev.qyclone.engine.ops.ScalarOps;
import dev.qyclone.engine.ops.VectorOps;
import dev.qyclone.engine.ops.WorkerPool;
import dev.qyclone.engine.stage.AttentionPolicy;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.RopeTable;
import java.util.Arrays;
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
import org.openjdk.jmh.infra.BenchmarkParams;

/**
 * One decoded token's keys, values and attention in all layers of a model, deep in a text, with a window and without: time and
 * memory of a windowed layer stop growing.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class WindowBench {
    /** Rows of a prefill call. */
    private static final int BATCH = 512;

    /** Positions before the token. */
    @Param({"0", "4096", "16384", "32768"})
    int depth;
    /** Positions that the token sees, 0 for all. */
    @Param({"0", "4096"})
    int window;
    /** layers, heads, kvHeads and headDim: of Qwen2 0.5B. */
    @Param("24/14/2/64")
    String sizes;
    @Param("F32")
    KvType kvType;
    /** 0 = one per core. */
    @Param("0")
    int threads;

    private WorkerPool pool;
    private VectorOps ops;
    private KvCache[] caches;
    private AttentionPolicy policy;
    private int heads;
    private float[] q;
    private float[] row;
    private float[] out;

    /** Memory of all layers' keys and values. JMH adds up what the iterations count, so each counts its share. */
    @AuxCounters(AuxCounters.Type.EVENTS)
    @State(Scope.Thread)
    public static class Held {
        public double mebibytes;
        private double share = 1;

        @Setup
        public void setUp(BenchmarkParams benchmark) {
            share = 1.0 / benchmark.getMeasurement().getCount();
        }
    }

    @Setup
    public void setUp() {
        pool = new WorkerPool(Threads.of(threads));
        ops = new VectorOps(pool);
        int[] size = Arrays.stream(sizes.split("/")).mapToInt(Integer::parseInt).toArray();
        heads = size[1];
        int kvHeads = size[2];
        int headDim = size[3];
        policy = AttentionPolicy.windowed(RopeTable.plain(1e6, headDim), window);
        row = RandomWeights.gaussian(kvHeads * headDim);
        q = RandomWeights.gaussian(heads * headDim);
        out = new float[q.length];
        float[] batch = RandomWeights.gaussian(BATCH * kvHeads * headDim);
        caches = new KvCache[size[0]];
        for (int layer = 0; layer < caches.length; layer++) {
            caches[layer] = new KvCache(kvHeads, headDim, depth + 1, kvType, window);
            while (caches[layer].length() < depth) {
                caches[layer].append(batch, batch, Math.min(BATCH, depth - caches[layer].length()));
            }
        }
        float[] expected = new float[q.length];
        caches[0].append(row, row, 1);
        new ScalarOps(pool).attention(q, caches[0], policy, expected, 1, heads, depth);
        caches[0].truncate(depth);
        decode(caches[0]);
        Correctness.requireClose(expected, out, "attention");
    }

    @Benchmark
    public float[] oneToken(Held held) {
        for (KvCache cache : caches) {
            decode(cache);
        }
        held.mebibytes = mebibytes() * held.share;
        return out;
    }

    private void decode(KvCache cache) {
        cache.append(row, row, 1);
        ops.attention(q, cache, policy, out, 1, heads, depth);
        // The depth stays what it is said to be.
        cache.truncate(depth);
    }

    double mebibytes() {
        return Arrays.stream(caches).mapToLong(KvCache::bytes).sum() / (double) (1 << 20);
    }

    @TearDown
    public void close() {
        for (KvCache cache : caches) {
            cache.close();
        }
        pool.close();
    }
}
