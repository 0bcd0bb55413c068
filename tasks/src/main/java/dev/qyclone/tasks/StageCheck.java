package dev.qyclone.tasks;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.FeedForward;
import dev.qyclone.engine.model.LayerWeights;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.ops.KvCache;
import dev.qyclone.engine.ops.ScalarOps;
import dev.qyclone.engine.ops.WorkerPool;
import dev.qyclone.engine.stage.AttentionPolicy;
import dev.qyclone.engine.stage.CheckRow;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Compares each step of a layer on the device with {@link ScalarOps}, each with what the device itself gave it: on the weights, the
 * shapes and the very kernels that will be used, in a call of several rows and then in one of a single row.
 */
final class StageCheck {
    /** Relative L2 distance that float sums over the longest rows may have from sums in double. */
    static final double TOLERANCE = 2e-5;
    /** The same where keys and values are rounded to halves: a tie may be rounded the other way. */
    static final double HALF_TOLERANCE = 1e-3;
    /** Rows of the first call: more than a tile of any kernel has, no multiple of anything. */
    private static final int ROWS = 11;
    /** The same for a mixture of experts, where the kernels' tiles are of those tokens that go to one expert. */
    private static final int MIXTURE_ROWS = 21;
    /** How far apart the rows are that shall go to the same experts. */
    private static final float NEAR = 0.05f;

    /** How the tasks of a step begin: a graph for many rows splits what one for a single row fuses. */
    private static final Map<String, List<String>> TASKS = Map.of("attn_norm_qkv", List.of("attn_norm", "qkv"), "rope", List.of("rope"),
            "attention", List.of("attention"), "attn_out", List.of("attn_out"),
            "ffn_norm_gate_up", List.of("ffn_norm", "gate", "up", "swiglu"), "ffn_down", List.of("ffn_down"),
            "mixture", List.of("ffn_norm", "router", "choose", "pick", "expert", "weigh", "shared"));

    private final ModelConfig config;
    private final LayerWeights weights;
    private final AttentionPolicy policy;
    private final KernelFamily family;
    private final KvType kvType;
    private final ScalarOps ops;
    private final KvCache cache;
    private final Random random = new Random(4);
    private final List<CheckRow> rows = new ArrayList<>();
    private Map<String, Long> times = Map.of();

    private StageCheck(
            ModelConfig config, LayerWeights weights, AttentionPolicy policy, KernelFamily family, KvType kvType, WorkerPool workers) {
        this.config = config;
        this.weights = weights;
        this.policy = policy;
        this.family = family;
        this.kvType = kvType;
        this.ops = new ScalarOps(workers);
        this.cache = new KvCache(config.kvHeads(), config.headDim(), 2 * MIXTURE_ROWS, kvType, 0);
    }

    /**
     * Checks one layer of an opened stage in slot 0, which no session has yet.
     *
     * @param layer its index in the stage
     * @param weights of that layer
     * @param rates also measure how fast each step is
     */
    static List<CheckRow> run(ModelConfig config, LayerWeights weights, AttentionPolicy policy, KernelFamily family, KvType kvType,
            CallPath prefill, CallPath decode, int layer, boolean rates) {
        try (WorkerPool workers = new WorkerPool(Runtime.getRuntime().availableProcessors())) {
            StageCheck check = new StageCheck(config, weights, policy, family, kvType, workers);
            try (check.cache) {
                int first = Math.min(config.mixture().experts() == 0 ? ROWS : MIXTURE_ROWS, prefill.tokens());
                check.compare("prefill", prefill, first, 0, layer, rates);
                check.compare("decode", decode, 1, first, layer, rates);
            }
            return check.rows;
        }
    }

    /**
     * Refuses a device whose numbers are wrong.
     *
     * @throws EngineException DEVICE_WRONG naming the first kernel that is wrong
     */
    static void require(Device device, List<CheckRow> rows) {
        for (CheckRow row : rows) {
            if (row.verdict() != CheckRow.Verdict.OK) {
                throw new EngineException(ErrorCode.DEVICE_WRONG, "device " + device.id() + " computes " + row.kernel() + " ("
                        + row.type() + ", " + row.shape() + ") wrongly")
                        .expected("a relative distance from the reference of at most " + row.tolerance()).got(row.error())
                        .remedy("use another device, or --kernels parallel; \"qyclone doctor --device " + device.id()
                                + "\" checks all kernels");
            }
        }
    }

    private void compare(String call, CallPath path, int count, int position, int layer, boolean rates) {
        float[] input = input(count);
        LayerTrace got = path.trace(input, count, policy, 0, position, layer);
        times = rates ? path.times(input, count, policy, 0, position, layer) : Map.of();

        float[] normed = normed(got.in(), weights.attnNorm(), count);
        float[] q = product(weights.q(), weights.qBias(), normed, count);
        float[] k = product(weights.k(), weights.kBias(), normed, count);
        float[] v = product(weights.v(), weights.vBias(), normed, count);
        add(call, "attn_norm_qkv", count, CheckRow.distance(got.qkv(), beside(q, k, v, count)), TOLERANCE, weights.q(),
                    weights.k(), weights.v());

        part(got.qkv(), 0, q, count);
        part(got.qkv(), config.qDim(), k, count);
        part(got.qkv(), config.qDim() + config.kvDim(), v, count);
        float[] turned = new float[got.turned().length];
        System.arraycopy(q, 0, turned, 0, q.length);
        ops.scale(turned, policy.queryScale(), count, config.qDim(), position);
        ops.scale(k, policy.keyScale(), count, config.kvDim(), position);
        ops.turnQueries(turned, policy, count, config.heads(), position);
        ops.turnKeys(k, policy, count, config.kvHeads(), position);
        add(call, "rope", count, CheckRow.distance(got.turned(), turned), TOLERANCE);

        cache.append(k, v, count);
        float[] attended = new float[count * config.qDim()];
        ops.attention(got.turned(), cache, policy, attended, count, config.heads(), position);
        add(call, "attention", count, CheckRow.distance(got.attended(), attended), kvType == KvType.F16 ? HALF_TOLERANCE : TOLERANCE);

        float[] x = product(weights.attnOut(), null, got.attended(), count);
        ops.add(x, got.in(), x.length);
        switch (weights.ffn()) {
            case FeedForward.Dense ffn -> feedForward(call, ffn, got, x, count);
            case FeedForward.Mixture ffn -> mixture(call, ffn, got, x, count);
        }
    }

    /** Random rows; with a mixture of experts most of them are like the first, so that one expert gets many. */
    private float[] input(int count) {
        float[] input = new float[count * config.dim()];
        for (int i = 0; i < input.length; i++) {
            input[i] = (float) random.nextGaussian();
        }
        for (int i = config.dim(); config.mixture().experts() > 0 && i < (count - 2) * config.dim(); i++) {
            input[i] = input[i % config.dim()] + NEAR * input[i];
        }
        return input;
    }

    /**
     * What {@code attn_out} made is overwritten by {@code ffn_down} before anyone can read it: it is wrong if all is wrong that follows.
     *
     * @param x the hidden state after attention, by the reference
     */
    private void feedForward(String call, FeedForward.Dense ffn, LayerTrace got, float[] x, int count) {
        float[] normed = normed(x, weights.ffnNorm(), count);
        float[] gate = product(ffn.gate(), null, normed, count);
        ops.swiGlu(gate, product(ffn.up(), null, normed, count), gate.length);
        float[] out = product(ffn.down(), null, got.gated(), count);
        ops.add(out, x, out.length);
        double gated = CheckRow.distance(got.gated(), gate);
        double after = CheckRow.distance(got.out(), out);
        add(call, "attn_out", count, Math.min(gated, after), TOLERANCE, weights.attnOut());
        add(call, "ffn_norm_gate_up", count, gated, TOLERANCE, ffn.gate(), ffn.up());
        add(call, "ffn_down", count, after, TOLERANCE, ffn.down());
    }

    /** All of a mixture at once, with {@code attn_out} before it. */
    private void mixture(String call, FeedForward.Mixture ffn, LayerTrace got, float[] x, int count) {
        float[] out = MixtureReference.of(ops, ffn, config.mixture(), normed(x, weights.ffnNorm(), count), count);
        ops.add(out, x, out.length);
        // As many experts as one token uses: what a token multiplies, and reads if it comes alone.
        Stream<Tensor> experts = ffn.experts().stream().limit(config.mixture().used()).flatMap(FeedForward.Dense::tensors);
        Tensor[] read = Stream.concat(experts, Stream.concat(ffn.shared().tensors(), Stream.of(ffn.router(), ffn.sharedGate())))
                .toArray(Tensor[]::new);
        add(call, "mixture", count, CheckRow.distance(got.out(), out), TOLERANCE, read);
    }

    private float[] normed(float[] x, Tensor norm, int count) {
        float[] normed = new float[x.length];
        ops.rmsNorm(x, norm.toFloats(), config.normEps(), normed, count, config.dim());
        return normed;
    }

    private float[] product(Tensor weight, Tensor bias, float[] x, int count) {
        float[] out = new float[Math.toIntExact(count * weight.rows())];
        ops.matMul(weight, x, out, count);
        if (bias != null) {
            ops.addBias(out, bias.toFloats(), count);
        }
        return out;
    }

    private float[] beside(float[] q, float[] k, float[] v, int count) {
        int width = config.qDim() + 2 * config.kvDim();
        float[] all = new float[count * width];
        for (int t = 0; t < count; t++) {
            System.arraycopy(q, t * config.qDim(), all, t * width, config.qDim());
            System.arraycopy(k, t * config.kvDim(), all, t * width + config.qDim(), config.kvDim());
            System.arraycopy(v, t * config.kvDim(), all, t * width + config.qDim() + config.kvDim(), config.kvDim());
        }
        return all;
    }

    private void part(float[] qkv, int from, float[] target, int count) {
        int width = config.qDim() + 2 * config.kvDim();
        int each = target.length / count;
        for (int t = 0; t < count; t++) {
            System.arraycopy(qkv, t * width + from, target, t * each, each);
        }
    }

    /** @param read the matrices of the step: their bytes, or for several rows their multiplications, make its rate */
    private void add(String call, String step, int count, double error, double tolerance, Tensor... read) {
        String type = read.length == 0 ? kvType.name() : read[0].type().name();
        long rows = Stream.of(read).mapToLong(Tensor::rows).sum();
        String shape = read.length == 0 ? config.heads() + "x" + config.headDim() : rows + "x" + read[0].cols();
        long nanos = times.entrySet().stream().filter(entry -> TASKS.get(step).stream().anyMatch(entry.getKey()::startsWith))
                .mapToLong(Map.Entry::getValue).sum();
        boolean decode = count == 1;
        double work = decode ? Stream.of(read).mapToLong(Tensor::bytes).sum()
                : 2.0 * count * Stream.of(read).mapToLong(Tensor::elements).sum();
        this.rows.add(CheckRow.ran(call + " " + step, family, type, shape, error, tolerance, nanos == 0 ? 0 : work / nanos,
                decode ? "GB/s" : "GFLOP/s"));
    }
}
