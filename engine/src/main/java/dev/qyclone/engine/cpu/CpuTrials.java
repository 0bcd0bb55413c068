package dev.qyclone.engine.cpu;

import dev.qyclone.engine.model.FeedForward;
import dev.qyclone.engine.model.MixtureConfig;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.ops.KvCache;
import dev.qyclone.engine.ops.Ops;
import dev.qyclone.engine.ops.PreparedWeights;
import dev.qyclone.engine.stage.AttentionPolicies;
import dev.qyclone.engine.stage.AttentionPolicy;
import dev.qyclone.engine.stage.CheckRequest;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.tensor.Blocks;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** The kernels that a model needs, with random input at its widths. Closing gives back weights and caches. */
final class CpuTrials implements AutoCloseable {
    /** Another order of summation in float against a sum in double. */
    static final double SUMMED = 1e-5;
    /** Of activations rounded to some bits, in units of the lowest: a gaussian's largest of 32 is about twice its deviation. */
    static final double ROUNDED_UNITS = 4;
    /** A few roundings of each element; the exponential is a polynomial. */
    static final double ELEMENTWISE = 2e-6;

    /** Rows of a prefill call: a whole number of no tile. */
    private static final int TOKENS = 33;
    /** Keys before the rows, so that attention crosses the border of a cache's page. */
    private static final int KEYS = KvCache.PAGE + 44;
    /** A product is as wide as the model's and only as high as needed: every row is computed alike. */
    private static final long ELEMENTS = 1 << 19;
    private static final long ELEMENTS_TO_MEASURE = 1 << 21;
    private static final double GIGA = 1e9;

    private final ModelConfig config;
    private final CheckRequest request;
    private final Random random = new Random(20);
    private final List<KvCache> caches = new ArrayList<>();
    private final List<Tensor> repacked = new ArrayList<>();
    private final List<Tensor> rounded = new ArrayList<>();
    /** Outside the heap, as a model's weights: a JVM that has once seen kernels read arrays compiles slower ones for everything after. */
    private final Arena arena = Arena.ofShared();

    CpuTrials(CheckRequest request) {
        this.request = request;
        this.config = request.config();
    }

    /** Weights that {@link Ops#prepare} is to see before the kernels are tried, as it does when a stage opens that is exact. */
    List<Tensor> repacked() {
        return List.copyOf(repacked);
    }

    /** As {@link #repacked}, for products that may round their activations. */
    List<Tensor> rounded() {
        return List.copyOf(rounded);
    }

    List<CpuTrial> all() {
        List<CpuTrial> trials = new ArrayList<>();
        trials.add(norm());
        for (TensorType type : TensorType.values()) {
            if (request.types().contains(type)) {
                heights().forEach((cols, rows) -> addProducts(trials, type, rows, cols));
                trials.add(network(type));
            }
        }
        int keys = Math.min(config.context(), KEYS);
        List<AttentionPolicy> policies = new AttentionPolicies(config).forPrompt(keys).stream().distinct().toList();
        trials.add(rope(policies.getFirst(), keys));
        for (AttentionPolicy policy : policies) {
            for (KvType type : KvType.values()) {
                KvCache cache = cache(type, policy, keys);
                trials.add(attention("decode attention", policy, cache, 1));
                trials.add(attention("prefill attention", policy, cache, Math.min(TOKENS, keys)));
            }
        }
        trials.add(swiGlu());
        trials.add(add());
        return trials;
    }

    /** For each width of a matrix, the rows of the highest one. */
    private Map<Integer, Integer> heights() {
        Map<Integer, Integer> heights = new TreeMap<>();
        heights.merge(config.dim(), Math.max(config.qDim(), config.vocab()), Math::max);
        heights.merge(config.qDim(), config.dim(), Math::max);
        MixtureConfig mixture = config.mixture();
        List<Integer> inner = mixture.experts() == 0 ? List.of(config.ffnDim()) : List.of(mixture.expertDim(), mixture.sharedDim());
        for (int width : inner) {
            heights.merge(config.dim(), width, Math::max);
            heights.merge(width, config.dim(), Math::max);
        }
        return heights;
    }

    private CpuTrial norm() {
        int dim = config.dim();
        float[] x = gaussian(TOKENS * dim);
        float[] weight = gaussian(dim);
        return new CpuTrial("norm", "-", TOKENS + "x" + dim, SUMMED, unwritten(x.length), 2.0 * Float.BYTES * x.length / GIGA, "GB/s",
                (ops, out) -> ops.rmsNorm(x, weight, config.normEps(), out, TOKENS, dim));
    }

    private void addProducts(List<CpuTrial> trials, TensorType type, int rows, int cols) {
        int width = Math.ceilDiv(cols, type.blockSize()) * type.blockSize();
        long elements = request.rates() ? ELEMENTS_TO_MEASURE : ELEMENTS;
        int height = (int) Math.min(rows, Math.max(TOKENS, elements / width));
        Tensor weight = weight(type, height, width);
        float[] x = gaussian(TOKENS * width);
        String shape = height + "x" + width;
        trials.add(new CpuTrial("decode product", type.name(), shape, SUMMED, unwritten(height), weight.bytes() / GIGA, "GB/s",
                (ops, out) -> ops.matMul(weight, x, out, 1)));
        if (PreparedWeights.bytesOf(weight) > 0) {
            Tensor copied = again(weight);
            repacked.add(copied);
            trials.add(new CpuTrial("decode product of copies", type.name(), shape, SUMMED, unwritten(height), weight.bytes() / GIGA,
                    "GB/s", (ops, out) -> ops.matMul(copied, x, out, 1)));
        }
        int bits = PreparedWeights.activationBits(weight);
        if (bits > 0) {
            Tensor copied = again(weight);
            rounded.add(copied);
            trials.add(new CpuTrial("decode product of copies, rounded", type.name(), shape, Math.scalb(ROUNDED_UNITS, -bits),
                    unwritten(height), weight.bytes() / GIGA, "GB/s", (ops, out) -> ops.matMul(copied, x, out, 1)));
        }
        trials.add(new CpuTrial("prefill product", type.name(), shape + ", " + TOKENS + " rows", SUMMED, unwritten(TOKENS * height),
                2.0 * TOKENS * height * width / GIGA, "GFLOP/s", (ops, out) -> ops.matMul(weight, x, out, TOKENS)));
    }

    /** The same weights under another identity. */
    private static Tensor again(Tensor weight) {
        return new Tensor(weight.name(), weight.type(), new long[] {weight.rows(), weight.cols()}, weight.data());
    }

    /** The fused steps of a prompt; their products are as wide as the model's, and as many as make more than one tile. */
    private CpuTrial network(TensorType type) {
        int dim = Math.ceilDiv(config.dim(), type.blockSize()) * type.blockSize();
        int width = Math.ceilDiv(2 * TOKENS, type.blockSize()) * type.blockSize();
        FeedForward.Dense network = new FeedForward.Dense(weight(type, width, dim), weight(type, width, dim), weight(type, dim, width));
        float[] x = gaussian(TOKENS * dim);
        float[] gate = new float[TOKENS * width];
        float[] up = new float[TOKENS * width];
        return new CpuTrial("prefill products with swiglu", type.name(), width + "x" + dim + ", " + TOKENS + " rows", SUMMED,
                unwritten(TOKENS * dim), 6.0 * TOKENS * dim * width / GIGA, "GFLOP/s",
                (ops, out) -> ops.feedForward(network, x, gate, up, out, TOKENS));
    }

    private Tensor weight(TensorType type, int rows, int cols) {
        float[] values = gaussian(Math.multiplyExact(rows, cols));
        MemorySegment data = arena.allocate(type.bytes(values.length), Long.BYTES);
        Blocks.encode(type, values, 0, data, 0, values.length);
        return new Tensor("check", type, new long[] {rows, cols}, data);
    }

    private CpuTrial rope(AttentionPolicy policy, int keys) {
        int rows = Math.min(TOKENS, keys);
        float[] k = gaussian(rows * config.kvDim());
        return new CpuTrial("rope", "-", rows + "x" + config.kvDim(), ELEMENTWISE, k, 2.0 * Float.BYTES * k.length / GIGA, "GB/s",
                (ops, out) -> ops.turnKeys(out, policy, rows, config.kvHeads(), keys - rows));
    }

    private KvCache cache(KvType type, AttentionPolicy policy, int keys) {
        KvCache cache = new KvCache(config.kvHeads(), config.headDim(), keys, type, policy.window());
        caches.add(cache);
        int before = keys - Math.min(TOKENS, keys);
        // In two calls as a session makes them: a windowed cache keeps what the last one needs.
        cache.append(gaussian(before * config.kvDim()), gaussian(before * config.kvDim()), before);
        cache.append(gaussian((keys - before) * config.kvDim()), gaussian((keys - before) * config.kvDim()), keys - before);
        return cache;
    }

    private CpuTrial attention(String kernel, AttentionPolicy policy, KvCache cache, int tokens) {
        int heads = config.heads();
        int position = cache.length() - tokens;
        float[] q = gaussian(policy.turns() * tokens * config.qDim());
        double seen = 0;
        for (int t = position; t < cache.length(); t++) {
            seen += t + 1 - policy.firstVisible(t);
        }
        boolean decode = tokens == 1;
        double work = decode ? seen * 2 * config.kvDim() * cache.type().bytes() : seen * 4 * config.qDim();
        return new CpuTrial(kernel, cache.type().name(), heads + "x" + config.headDim() + ", " + cache.length() + " keys", SUMMED,
                unwritten(tokens * config.qDim()), work / GIGA, decode ? "GB/s" : "GFLOP/s",
                (ops, out) -> ops.attention(q, cache, policy, out, tokens, heads, position));
    }

    private CpuTrial swiGlu() {
        int count = TOKENS * config.ffnDim();
        float[] up = gaussian(count);
        return new CpuTrial("swiglu", "-", TOKENS + "x" + config.ffnDim(), ELEMENTWISE, gaussian(count), 3.0 * Float.BYTES * count / GIGA,
                "GB/s", (ops, out) -> ops.swiGlu(out, up, count));
    }

    private CpuTrial add() {
        int count = TOKENS * config.dim();
        float[] y = gaussian(count);
        return new CpuTrial("add", "-", TOKENS + "x" + config.dim(), ELEMENTWISE, gaussian(count), 3.0 * Float.BYTES * count / GIGA, "GB/s",
                (ops, out) -> ops.add(out, y, count));
    }

    private float[] gaussian(int count) {
        float[] floats = new float[count];
        for (int i = 0; i < count; i++) {
            floats[i] = (float) random.nextGaussian();
        }
        return floats;
    }

    private static float[] unwritten(int count) {
        float[] floats = new float[count];
        Arrays.fill(floats, Float.NaN);
        return floats;
    }

    @Override
    public void close() {
        caches.forEach(KvCache::close);
        arena.close();
    }
}
