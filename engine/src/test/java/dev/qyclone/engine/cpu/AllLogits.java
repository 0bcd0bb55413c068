package dev.qyclone.engine.cpu;

import dev.qyclone.engine.Golden;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.ops.Ops;
import dev.qyclone.engine.stage.AttentionPolicies;
import dev.qyclone.engine.stage.CacheSpec;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.DeviceFacts;
import dev.qyclone.engine.stage.DeviceKind;
import dev.qyclone.engine.stage.HalfFloats;
import dev.qyclone.engine.stage.HiddenStates;
import dev.qyclone.engine.stage.HostEmbeddingStage;
import dev.qyclone.engine.stage.StageCache;
import dev.qyclone.engine.stage.StageOptions;
import java.util.Arrays;

/** The logits (vocab) of every position of a text, over ops of the caller's choice. */
public record AllLogits(float[][] rows) {
    private static final Device DEVICE =
            new Device("test", DeviceKind.CPU, "test", "test", 0, new DeviceFacts(0, 0, 0, 1, HalfFloats.NO, ""), "");

    /**
     * Runs all ids through a model.
     *
     * @param batch ids in a call: all of them for prefill, 1 for decode
     */
    public static AllLogits of(Model model, Ops ops, StageOptions options, int[] ids, int batch) {
        float[][] rows = new float[ids.length][model.config().vocab()];
        try (Run run = new Run(model, ops, options, ids.length, ids.length)) {
            for (int position = 0; position < ids.length; position += batch) {
                run.forward(ids, position, Math.min(batch, ids.length - position));
                for (int row = 0; row < run.x.tokens(); row++) {
                    run.output.logits(run.x, row, rows[position + row]);
                }
            }
        }
        return new AllLogits(rows);
    }

    /** The ids that a model writes after a prompt, which runs in one call: always the likeliest. */
    public static int[] greedy(Model model, Ops ops, StageOptions options, int[] prompt, int steps) {
        int[] ids = Arrays.copyOf(prompt, prompt.length + steps);
        try (Run run = new Run(model, ops, options, prompt.length, ids.length)) {
            run.forward(ids, 0, prompt.length);
            for (int position = prompt.length; position < ids.length; position++) {
                ids[position] = run.output.argmax(run.x, run.x.tokens() - 1);
                run.forward(ids, position, 1);
            }
        }
        return Arrays.copyOfRange(ids, prompt.length, ids.length);
    }

    /** All stages of a model, and a text in them. */
    private static final class Run implements AutoCloseable {
        private final HostEmbeddingStage embedding;
        private final CpuLayerStage stage;
        private final CpuOutputStage output;
        private final StageCache cache;
        private final HiddenStates x;

        Run(Model model, Ops ops, StageOptions options, int prompt, int positions) {
            embedding = new HostEmbeddingStage(DEVICE, model.tokenEmbedding());
            stage = new CpuLayerStage(DEVICE, model, ops, 0, model.config().layers(), options);
            output = new CpuOutputStage(DEVICE, model, ops, options);
            cache = stage.openCache(new CacheSpec(positions, new AttentionPolicies(model.config()).forPrompt(prompt)));
            x = new HiddenStates(prompt, model.config().dim());
        }

        void forward(int[] ids, int from, int count) {
            x.resize(count);
            embedding.forward(ids, from, x);
            stage.forward(cache, x, from);
        }

        @Override
        public void close() {
            cache.close();
            output.close();
            stage.close();
        }
    }

    /** |other - this| / |this| over all positions. */
    public double relativeL2(AllLogits other) {
        double difference = 0;
        double norm = 0;
        for (int t = 0; t < rows.length; t++) {
            for (int i = 0; i < rows[t].length; i++) {
                double d = (double) other.rows[t][i] - rows[t][i];
                difference += d * d;
                norm += (double) rows[t][i] * rows[t][i];
            }
        }
        return Math.sqrt(difference / norm);
    }

    /** Kullback-Leibler divergence of the other's distribution over ids from this one's, at each position, in nats. */
    public double[] divergences(AllLogits other) {
        double[] divergences = new double[rows.length];
        for (int t = 0; t < rows.length; t++) {
            double p = logSum(rows[t]);
            double q = logSum(other.rows[t]);
            for (int i = 0; i < rows[t].length; i++) {
                divergences[t] += Math.exp(rows[t][i] - p) * (rows[t][i] - p - (other.rows[t][i] - q));
            }
        }
        return divergences;
    }

    /** The mean of {@link #divergences}. */
    public double divergence(AllLogits other) {
        return Arrays.stream(divergences(other)).average().orElseThrow();
    }

    /** Index of the largest logit at each position, the lowest one on a tie. */
    public int[] best() {
        return Arrays.stream(rows).mapToInt(Golden::argMax).toArray();
    }

    private static double logSum(float[] logits) {
        double largest = logits[Golden.argMax(logits)];
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - largest);
        }
        return largest + Math.log(sum);
    }
}
