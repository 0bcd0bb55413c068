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
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Compares each step of a layer on the device with {@link ScalarOps}, each with what the device itself gave it: on the weights, the
 * shapes and the very kernels that will be used, in calls of several rows and in calls of a single row. The first calls begin a text.
 * Others, called <em>deep</em>, come behind {@link EarlierRows}, in the slot farthest from the beginning of the pool: only there have
 * kernels more than one tile of keys to go through, shares to put together, windows and rings that come round.
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

    private final CheckedLayer layer;
    private final ModelConfig config;
    private final LayerWeights weights;
    private final AttentionPolicy policy;
    private final KvType kvType;
    private final boolean rates;
    private final ScalarOps ops;
    private final Random random = new Random(4);
    private final List<CheckRow> rows = new ArrayList<>();

    private StageCheck(CheckedLayer layer, boolean rates, WorkerPool workers) {
        this.layer = layer;
        this.config = layer.config();
        this.weights = layer.weights();
        this.policy = layer.policy();
        this.kvType = layer.options().kvType();
        this.rates = rates;
        this.ops = new ScalarOps(workers);
    }

    /**
     * Checks one layer: all steps at the beginning of a text, and what depends on positions behind earlier rows.
     *
     * @param rates also measure how fast the steps are
     */
    static List<CheckRow> run(CheckedLayer layer, boolean rates) {
        return with(layer, rates, check -> {
            check.atTheBeginning();
            check.deep("deep", false);
        });
    }

    /**
     * Checks a layer whose kernels are those of one that was {@link #run} before: its weights and rows are farther from the beginning
     * of their arrays, so all steps run once more, behind earlier rows where the context allows any.
     *
     * @param words which layer it is
     */
    static List<CheckRow> farther(CheckedLayer layer, String words) {
        return with(layer, false, check -> check.deep(words, true));
    }

    /**
     * Checks all steps of one call.
     *
     * @param earlier positions before it
     * @param count its rows; the layer's path for several takes them
     */
    static List<CheckRow> call(CheckedLayer layer, int earlier, int count) {
        return with(layer, false, check -> {
            try (KvCache cache = check.cacheOf(earlier, count)) {
                check.compare("a call of " + count, new Place(layer.prefill(), layer.lastSlot(), earlier, cache), count, true);
            }
        });
    }

    /** The row that is farthest beyond its tolerance, or nearest to it; one that is no number before all others. */
    static CheckRow worst(List<CheckRow> rows) {
        return rows.stream().max(Comparator.comparingDouble(row -> row.error() / row.tolerance())).orElseThrow();
    }

    private static List<CheckRow> with(CheckedLayer layer, boolean rates, Consumer<StageCheck> calls) {
        try (WorkerPool workers = new WorkerPool(Runtime.getRuntime().availableProcessors())) {
            StageCheck check = new StageCheck(layer, rates, workers);
            calls.accept(check);
            return check.rows;
        }
    }

    private int severalRows() {
        return Math.min(config.mixture().experts() == 0 ? ROWS : MIXTURE_ROWS, layer.prefill().tokens());
    }

    private void atTheBeginning() {
        int several = severalRows();
        try (KvCache cache = new KvCache(config.kvHeads(), config.headDim(), several + 1, kvType)) {
            compare("prefill", new Place(layer.prefill(), 0, 0, cache), several, true);
            compare("decode", new Place(layer.decode(), 0, several, cache), 1, true);
        }
    }

    private void deep(String words, boolean allSteps) {
        int several = severalRows();
        int earlier = EarlierRows.count(layer, several + 1);
        if (earlier == 0 && !allSteps) {
            return;
        }
        try (KvCache cache = cacheOf(earlier, several + 1)) {
            compare(words + " decode", new Place(layer.decode(), layer.lastSlot(), earlier, cache), 1, allSteps);
            compare(words + " prefill", new Place(layer.prefill(), layer.lastSlot(), earlier + 1, cache), several, allSteps);
        }
    }

    /** A cache that begins with earlier rows, as the last slot does from then on, and has room for some more. */
    private KvCache cacheOf(int earlier, int more) {
        KvCache cache = new KvCache(config.kvHeads(), config.headDim(), earlier + more, kvType);
        if (earlier > 0) {
            EarlierRows before = earlierRows(earlier);
            before.appendTo(cache);
            before.putInto(layer.lastSlot());
        }
        return cache;
    }

    /**
     * Rows that queries see about as they see those of their own call. Biases may draw every query to keys like those of its call, or turn
     * it away from them; so these are such a key with something added, which moves scores by about one.
     */
    private EarlierRows earlierRows(int count) {
        float[] normed = normed(input(1), weights.attnNorm(), 1);
        float[] q = product(weights.q(), weights.qBias(), normed, 1);
        float[] k = product(weights.k(), weights.kBias(), normed, 1);
        ops.scale(k, policy.keyScale(), 1, config.kvDim(), count);
        ops.turnKeys(k, policy, 1, config.kvHeads(), count);
        double[] spread = new double[config.kvHeads()];
        int width = q.length / config.kvHeads();
        for (int head = 0; head < spread.length; head++) {
            double squares = IntStream.range(head * width, (head + 1) * width).mapToDouble(i -> (double) q[i] * q[i]).sum();
            spread[head] = squares == 0 ? 1 : 1 / Math.sqrt(squares / width);
        }
        return new EarlierRows(layer, count, k, spread, random);
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

    /** Where a call begins, and the reference's rows before it. */
    private record Place(CallPath path, int slot, int position, KvCache cache) {
    }

    private void compare(String call, Place at, int count, boolean allSteps) {
        float[] input = input(count);
        LayerTrace got = at.path().trace(input, count, policy, at.slot(), at.position(), layer.index());
        StepRows steps = new StepRows(layer, call, at.position(), count, rates
                ? at.path().times(input, count, policy, at.slot(), at.position(), layer.index()) : Map.of());
        if (allSteps) {
            queriesKeysValues(steps, got, count);
        }
        attention(steps, at, got, count);
        if (allSteps) {
            float[] x = product(weights.attnOut(), null, got.attended(), count);
            ops.add(x, got.in(), x.length);
            switch (weights.ffn()) {
                case FeedForward.Dense ffn -> feedForward(steps, ffn, got, x, count);
                case FeedForward.Mixture ffn -> mixture(steps, ffn, got, x, count);
            }
        }
        rows.addAll(steps.rows());
    }

    private void queriesKeysValues(StepRows steps, LayerTrace got, int count) {
        float[] normed = normed(got.in(), weights.attnNorm(), count);
        float[] wanted = beside(product(weights.q(), weights.qBias(), normed, count),
                product(weights.k(), weights.kBias(), normed, count), product(weights.v(), weights.vBias(), normed, count), count);
        steps.product("attn_norm_qkv", CheckRow.distance(got.qkv(), wanted), weights.q(), weights.k(), weights.v());
    }

    private void attention(StepRows steps, Place at, LayerTrace got, int count) {
        float[] q = part(got.qkv(), 0, config.qDim(), count);
        float[] k = part(got.qkv(), config.qDim(), config.kvDim(), count);
        float[] v = part(got.qkv(), config.qDim() + config.kvDim(), config.kvDim(), count);
        float[] turned = Arrays.copyOf(q, got.turned().length);
        ops.scale(turned, policy.queryScale(), count, config.qDim(), at.position());
        ops.scale(k, policy.keyScale(), count, config.kvDim(), at.position());
        ops.turnQueries(turned, policy, count, config.heads(), at.position());
        ops.turnKeys(k, policy, count, config.kvHeads(), at.position());
        steps.rope(CheckRow.distance(got.turned(), turned));

        at.cache().append(k, v, count);
        float[] attended = new float[count * config.qDim()];
        ops.attention(got.turned(), at.cache(), policy, attended, count, config.heads(), at.position());
        steps.attention(CheckRow.distance(got.attended(), attended));
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
    private void feedForward(StepRows steps, FeedForward.Dense ffn, LayerTrace got, float[] x, int count) {
        float[] normed = normed(x, weights.ffnNorm(), count);
        float[] gate = product(ffn.gate(), null, normed, count);
        ops.swiGlu(gate, product(ffn.up(), null, normed, count), gate.length);
        float[] out = product(ffn.down(), null, got.gated(), count);
        ops.add(out, x, out.length);
        double gated = CheckRow.distance(got.gated(), gate);
        double after = CheckRow.distance(got.out(), out);
        steps.product("attn_out", Math.min(gated, after), weights.attnOut());
        steps.product("ffn_norm_gate_up", gated, ffn.gate(), ffn.up());
        steps.product("ffn_down", after, ffn.down());
    }

    /** All of a mixture at once, with {@code attn_out} before it. */
    private void mixture(StepRows steps, FeedForward.Mixture ffn, LayerTrace got, float[] x, int count) {
        float[] out = MixtureReference.of(ops, ffn, config.mixture(), normed(x, weights.ffnNorm(), count), count);
        ops.add(out, x, out.length);
        // As many experts as one token uses: what a token multiplies, and reads if it comes alone.
        Stream<Tensor> experts = ffn.experts().stream().limit(config.mixture().used()).flatMap(FeedForward.Dense::tensors);
        Tensor[] read = Stream.concat(experts, Stream.concat(ffn.shared().tensors(), Stream.of(ffn.router(), ffn.sharedGate())))
                .toArray(Tensor[]::new);
        steps.product("mixture", CheckRow.distance(got.out(), out), read);
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

    /** Columns [from, from + each) of the rows. */
    private float[] part(float[] qkv, int from, int each, int count) {
        float[] part = new float[count * each];
        for (int t = 0; t < count; t++) {
            System.arraycopy(qkv, t * (config.qDim() + 2 * config.kvDim()) + from, part, t * each, each);
        }
        return part;
    }
}
