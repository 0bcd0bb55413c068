package dev.qyclone.engine.ops;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.AllocatedBytes;
import dev.qyclone.engine.stage.AttentionPolicy;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.RopeTable;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * A decoded token leaves no garbage once its code is compiled. A vector kernel that grew too large for the compiler boxes its
 * vectors, depending on what was compiled before it; the results stay right, only gigabytes of garbage and a tenfold slowness
 * show it. So every kernel that a stage runs, over stored weights and over copies, goes through the ops of a layer, in the layer's
 * order, in one process with the flags of the launcher.
 */
class SteadyDecodeTest {
    /** Per token through one layer, all threads together. A kernel that boxes one vector for a block of weights leaves over 100 KB. */
    private static final long NEAR_ZERO_BYTES = 256;
    /** Tokens that must follow each other without garbage. */
    private static final int STEADY = 50;
    /** A kernel that boxes goes on to; code that waits for a busy machine's compiler does not. */
    private static final Duration LONGEST_WARM_UP = Duration.ofMinutes(10);
    /** Leaves the cores to the compiler while it has work; code that waits for it is some hundred times slower. */
    private static final Duration FOR_THE_COMPILER = Duration.ofMillis(5);

    private static final TensorType[] TYPES = TensorType.values();

    private static final int HEAD_DIM = 64;
    private static final int HEADS = 4;
    private static final int KV_HEADS = 2;
    private static final int DIM = HEADS * HEAD_DIM;
    private static final int KV_DIM = KV_HEADS * HEAD_DIM;
    private static final int FFN_DIM = 512;
    private static final int DEPTH = 300;
    private static final int CONTEXT = 512;
    private static final int THREADS = 2;

    @Test
    void aDecodedTokenLeavesNoGarbage() throws InterruptedException {
        AllocatedBytes mark = AllocatedBytes.mark();
        try (WorkerPool pool = new WorkerPool(THREADS)) {
            AllocatedBytes allocated = mark.withWorkers(THREADS);
            Ops ops = new VectorOps(pool);
            List<Layer> layers = new ArrayList<>();
            List<PreparedWeights> prepared = new ArrayList<>();
            for (TensorType type : TYPES) {
                for (Reading reading : Reading.of(type)) {
                    Layer layer = new Layer(type, reading, KvType.values()[layers.size() % KvType.values().length]);
                    if (reading != Reading.STORED) {
                        prepared.add(ops.prepare(layer.matrices(), reading == Reading.COPIED_EXACT));
                    }
                    layers.add(layer);
                }
            }
            long deadline = System.nanoTime() + LONGEST_WARM_UP.toNanos();
            long[] garbage = new long[layers.size()];
            int steady = 0;
            while (steady < STEADY && System.nanoTime() < deadline) {
                steady++;
                for (int i = 0; i < garbage.length; i++) {
                    long before = allocated.now();
                    layers.get(i).token(ops);
                    garbage[i] = allocated.since(before);
                    if (garbage[i] > NEAR_ZERO_BYTES) {
                        steady = 0;
                    }
                }
                if (steady == 0) {
                    Thread.sleep(FOR_THE_COMPILER);
                }
            }
            StringBuilder report = new StringBuilder("bytes of garbage per token and layer, at most " + NEAR_ZERO_BYTES + " allowed:");
            for (int i = 0; i < garbage.length; i++) {
                report.append(' ').append(layers.get(i)).append(' ').append(garbage[i]);
            }
            assertTrue(steady == STEADY, report.toString());
            layers.forEach(layer -> layer.cache.close());
            prepared.forEach(PreparedWeights::close);
        }
    }

    /** How a layer's weights are read: as with --no-repack, as with --exact, and by default. */
    private enum Reading {
        STORED, COPIED_EXACT, COPIED_ROUNDED;

        /** Those that differ for a type. */
        static List<Reading> of(TensorType type) {
            Tensor matrix = StoredWeights.random(type, DIM, DIM, new Random(0));
            if (PreparedWeights.bytesOf(matrix) == 0) {
                return List.of(STORED);
            }
            return PreparedWeights.activationBits(matrix) == 0 ? List.of(STORED, COPIED_EXACT) : List.of(values());
        }
    }

    /** The ops of one layer in the order of {@code CpuLayer}. */
    private static final class Layer {
        private final TensorType type;
        private final Reading reading;
        private final Tensor q;
        private final Tensor k;
        private final Tensor v;
        private final Tensor attnOut;
        private final Tensor gate;
        private final Tensor up;
        private final Tensor down;
        private final float[] norm = new float[DIM];
        private final float[] qBias = new float[DIM];
        private final float[] kvBias = new float[KV_DIM];
        private final float[] first;
        private final float[] x = new float[DIM];
        private final float[] normed = new float[DIM];
        private final float[] qs = new float[DIM];
        private final float[] ks = new float[KV_DIM];
        private final float[] vs = new float[KV_DIM];
        private final float[] attended = new float[DIM];
        private final float[] projected = new float[DIM];
        private final float[] gates = new float[FFN_DIM];
        private final float[] ups = new float[FFN_DIM];
        private final AttentionPolicy policy = AttentionPolicy.full(RopeTable.plain(1e6, HEAD_DIM));
        private final KvCache cache;

        Layer(TensorType type, Reading reading, KvType kvType) {
            this.type = type;
            this.reading = reading;
            Random random = new Random(type.ordinal());
            q = StoredWeights.random(type, DIM, DIM, random);
            k = StoredWeights.random(type, KV_DIM, DIM, random);
            v = StoredWeights.random(type, KV_DIM, DIM, random);
            attnOut = StoredWeights.random(type, DIM, DIM, random);
            gate = StoredWeights.random(type, FFN_DIM, DIM, random);
            up = StoredWeights.random(type, FFN_DIM, DIM, random);
            down = StoredWeights.random(type, DIM, FFN_DIM, random);
            Arrays.fill(norm, 1);
            first = StoredWeights.gaussian(DIM, random);
            cache = new KvCache(KV_HEADS, HEAD_DIM, CONTEXT, kvType);
            cache.append(StoredWeights.gaussian(DEPTH * KV_DIM, random), StoredWeights.gaussian(DEPTH * KV_DIM, random), DEPTH);
            policy.rope().covering(CONTEXT);
        }

        @Override
        public String toString() {
            return type + " " + reading;
        }

        List<Tensor> matrices() {
            return List.of(q, k, v, attnOut, gate, up, down);
        }

        void token(Ops ops) {
            if (cache.length() == CONTEXT) {
                cache.truncate(DEPTH);
            }
            int position = cache.length();
            System.arraycopy(first, 0, x, 0, DIM);
            ops.rmsNorm(x, norm, 1e-6f, normed, 1, DIM);
            ops.matMul(q, normed, qs, 1);
            ops.matMul(k, normed, ks, 1);
            ops.matMul(v, normed, vs, 1);
            ops.addBias(qs, qBias, 1);
            ops.addBias(ks, kvBias, 1);
            ops.addBias(vs, kvBias, 1);
            ops.turnQueries(qs, policy, 1, HEADS, position);
            ops.turnKeys(ks, policy, 1, KV_HEADS, position);
            cache.append(ks, vs, 1);
            ops.attention(qs, cache, policy, attended, 1, HEADS, position);
            ops.matMul(attnOut, attended, projected, 1);
            ops.add(x, projected, DIM);
            ops.rmsNorm(x, norm, 1e-6f, normed, 1, DIM);
            ops.matMul(gate, normed, gates, 1);
            ops.matMul(up, normed, ups, 1);
            ops.swiGlu(gates, ups, FFN_DIM);
            ops.matMul(down, gates, projected, 1);
            ops.add(x, projected, DIM);
        }
    }
}
