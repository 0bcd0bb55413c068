package dev.qyclone.tasks;

import dev.qyclone.engine.model.FeedForward;
import dev.qyclone.engine.model.MixtureConfig;
import dev.qyclone.engine.ops.ScalarOps;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** A mixture of experts by plain loops: what a device's is held to (modeling_qwen2_moe.py). */
final class MixtureReference {
    private MixtureReference() {
    }

    /** @param normed (dim), one token's; the result as well */
    static float[] of(ScalarOps ops, FeedForward.Mixture ffn, MixtureConfig sizes, float[] normed) {
        float[] scores = new float[sizes.experts()];
        ops.matMul(ffn.router(), normed, scores, 1);
        List<Integer> chosen = IntStream.range(0, scores.length).boxed()
                .sorted(Comparator.comparingDouble((Integer e) -> -scores[e])).limit(sizes.used()).toList();
        double whole = (sizes.normalized() ? chosen.stream() : IntStream.range(0, scores.length).boxed())
                .mapToDouble(e -> Math.exp(scores[e])).sum();
        double[] out = new double[normed.length];
        for (int e : chosen) {
            add(out, dense(ops, ffn.experts().get(e), normed), Math.exp(scores[e]) / whole);
        }
        float[] gate = new float[1];
        ops.matMul(ffn.sharedGate(), normed, gate, 1);
        add(out, dense(ops, ffn.shared(), normed), 1 / (1 + Math.exp(-gate[0])));
        float[] rounded = new float[out.length];
        for (int i = 0; i < out.length; i++) {
            rounded[i] = (float) out[i];
        }
        return rounded;
    }

    private static float[] dense(ScalarOps ops, FeedForward.Dense ffn, float[] x) {
        float[] gate = new float[Math.toIntExact(ffn.gate().rows())];
        float[] up = new float[gate.length];
        float[] out = new float[Math.toIntExact(ffn.down().rows())];
        ops.matMul(ffn.gate(), x, gate, 1);
        ops.matMul(ffn.up(), x, up, 1);
        ops.swiGlu(gate, up, gate.length);
        ops.matMul(ffn.down(), gate, out, 1);
        return out;
    }

    private static void add(double[] sum, float[] term, double factor) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += factor * term[i];
        }
    }
}
