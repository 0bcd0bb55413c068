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
        int layers = model.config().layers();
        HiddenStates x = new HiddenStates(batch, model.config().dim());
        float[][] rows = new float[ids.length][model.config().vocab()];
        HostEmbeddingStage embedding = new HostEmbeddingStage(DEVICE, model.tokenEmbedding());
        CacheSpec spec = new CacheSpec(ids.length, new AttentionPolicies(model.config()).forPrompt(ids.length));
        try (CpuLayerStage stage = new CpuLayerStage(DEVICE, model, ops, 0, layers, options);
                CpuOutputStage output = new CpuOutputStage(DEVICE, model, ops, options); StageCache cache = stage.openCache(spec)) {
            for (int position = 0; position < ids.length; position += batch) {
                x.resize(Math.min(batch, ids.length - position));
                embedding.forward(ids, position, x);
                stage.forward(cache, x, position);
                for (int row = 0; row < x.tokens(); row++) {
                    output.logits(x, row, rows[position + row]);
                }
            }
        }
        return new AllLogits(rows);
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
