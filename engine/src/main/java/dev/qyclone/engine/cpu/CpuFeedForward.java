package dev.qyclone.engine.cpu;

import dev.qyclone.engine.model.FeedForward;
import dev.qyclone.engine.model.MixtureConfig;
import dev.qyclone.engine.ops.Ops;
import java.util.Arrays;

/** The steps {@code gate_up} and {@code ffn_down} of a layer, dense or as a mixture of experts. */
final class CpuFeedForward {
    private CpuFeedForward() {
    }

    /** x (tokens, dim) += the feed-forward of s.normed (tokens, dim). */
    static void forward(Ops ops, FeedForward ffn, MixtureConfig sizes, CpuScratch s, float[] x, int tokens, int dim) {
        switch (ffn) {
            case FeedForward.Dense dense -> {
                // gate_up, ffn_down
                ops.feedForward(dense, s.normed, s.gate, s.up, s.projected, tokens);
                ops.add(x, s.projected, tokens * dim);
            }
            case FeedForward.Mixture mixture -> mixture(ops, mixture, sizes, s, x, tokens, dim);
        }
    }

    /**
     * Each token goes to the {@code used} experts of largest probability, weighted by it, and to the shared expert, weighted by a
     * sigmoid (modeling_qwen2_moe.py). Tokens are grouped by expert: the weights of experts that no token chose are not read.
     */
    private static void mixture(Ops ops, FeedForward.Mixture ffn, MixtureConfig sizes, CpuScratch s, float[] x, int tokens, int dim) {
        // router
        int experts = sizes.experts();
        ops.matMul(ffn.router(), s.normed, s.routed, tokens);
        for (int t = 0; t < tokens; t++) {
            choose(s.routed, t * experts, experts, sizes.used(), sizes.normalized(), s.probabilities);
        }
        // experts
        for (int expert = 0; expert < experts; expert++) {
            int count = 0;
            for (int t = 0; t < tokens; t++) {
                if (s.routed[t * experts + expert] != 0) {
                    System.arraycopy(s.normed, t * dim, s.gathered, count++ * dim, dim);
                }
            }
            if (count > 0) {
                ops.feedForward(ffn.experts().get(expert), s.gathered, s.gate, s.up, s.projected, count);
                scatter(s.projected, s.routed, expert, experts, x, tokens, dim);
            }
        }
        // shared
        ops.matMul(ffn.sharedGate(), s.normed, s.routed, tokens);
        ops.feedForward(ffn.shared(), s.normed, s.gate, s.up, s.projected, tokens);
        for (int t = 0; t < tokens; t++) {
            addScaled(x, t * dim, s.projected, t * dim, sigmoid(s.routed[t]), dim);
        }
    }

    /**
     * Softmax over the scores of one token; all but the largest {@code used} probabilities become 0, the lower index wins a tie.
     *
     * @param probabilities working memory of (experts)
     */
    static void choose(float[] scores, int at, int experts, int used, boolean normalized, double[] probabilities) {
        double largest = Double.NEGATIVE_INFINITY;
        for (int e = 0; e < experts; e++) {
            largest = Math.max(largest, scores[at + e]);
        }
        double sum = 0;
        for (int e = 0; e < experts; e++) {
            probabilities[e] = Math.exp(scores[at + e] - largest);
            sum += probabilities[e];
        }
        Arrays.fill(scores, at, at + experts, 0);
        double chosen = 0;
        for (int i = 0; i < used; i++) {
            int best = 0;
            for (int e = 1; e < experts; e++) {
                if (probabilities[e] > probabilities[best]) {
                    best = e;
                }
            }
            chosen += probabilities[best];
            // A probability that rounds to nothing still marks its expert as chosen.
            scores[at + best] = Math.max((float) (probabilities[best] / sum), Float.MIN_VALUE);
            probabilities[best] = -1;
        }
        for (int e = 0; normalized && e < experts; e++) {
            scores[at + e] = (float) (scores[at + e] * sum / chosen);
        }
    }

    private static void scatter(float[] rows, float[] routed, int expert, int experts, float[] x, int tokens, int dim) {
        int row = 0;
        for (int t = 0; t < tokens; t++) {
            float weight = routed[t * experts + expert];
            if (weight != 0) {
                addScaled(x, t * dim, rows, row++ * dim, weight, dim);
            }
        }
    }

    private static void addScaled(float[] x, int to, float[] y, int from, float factor, int count) {
        for (int i = 0; i < count; i++) {
            x[to + i] += factor * y[from + i];
        }
    }

    private static float sigmoid(float z) {
        return (float) (1 / (1 + Math.exp(-z)));
    }
}
