package dev.qyclone.tasks;

import dev.qyclone.engine.model.FeedForward;
import dev.qyclone.engine.model.MixtureConfig;
import dev.qyclone.engine.ops.ScalarOps;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** A mixture of experts by plain loops: what a device's is held to (modeling_qwen2_moe.py). */
final class MixtureReference {
    private MixtureReference() {
    }

    /** A token that goes to an expert. */
    private record Share(int token, double factor) {
    }

    /** @param normed (count, dim); the result as well */
    static float[] of(ScalarOps ops, FeedForward.Mixture ffn, MixtureConfig sizes, float[] normed, int count) {
        int dim = normed.length / count;
        double[] out = new double[normed.length];
        List<List<Share>> shares = shares(ops, ffn, sizes, normed, count);
        for (int e = 0; e < sizes.experts(); e++) {
            List<Share> own = shares.get(e);
            float[] rows = new float[own.size() * dim];
            for (int i = 0; i < own.size(); i++) {
                System.arraycopy(normed, own.get(i).token() * dim, rows, i * dim, dim);
            }
            add(out, dense(ops, ffn.experts().get(e), rows, own.size()), own, dim);
        }
        float[] gates = new float[count];
        ops.matMul(ffn.sharedGate(), normed, gates, count);
        List<Share> all = IntStream.range(0, count).mapToObj(t -> new Share(t, 1 / (1 + Math.exp(-gates[t])))).toList();
        add(out, dense(ops, ffn.shared(), normed, count), all, dim);
        float[] rounded = new float[out.length];
        for (int i = 0; i < out.length; i++) {
            rounded[i] = (float) out[i];
        }
        return rounded;
    }

    /** For each expert the tokens that chose it. */
    private static List<List<Share>> shares(ScalarOps ops, FeedForward.Mixture ffn, MixtureConfig sizes, float[] normed, int count) {
        List<List<Share>> shares = new ArrayList<>();
        for (int e = 0; e < sizes.experts(); e++) {
            shares.add(new ArrayList<>());
        }
        float[] scores = new float[count * sizes.experts()];
        ops.matMul(ffn.router(), normed, scores, count);
        for (int t = 0; t < count; t++) {
            float[] own = Arrays.copyOfRange(scores, t * sizes.experts(), (t + 1) * sizes.experts());
            List<Integer> chosen = IntStream.range(0, own.length).boxed()
                    .sorted(Comparator.comparingDouble((Integer e) -> -own[e])).limit(sizes.used()).toList();
            double whole = (sizes.normalized() ? chosen.stream() : IntStream.range(0, own.length).boxed())
                    .mapToDouble(e -> Math.exp(own[e])).sum();
            for (int e : chosen) {
                shares.get(e).add(new Share(t, Math.exp(own[e]) / whole));
            }
        }
        return shares;
    }

    private static float[] dense(ScalarOps ops, FeedForward.Dense ffn, float[] x, int count) {
        float[] gate = new float[Math.toIntExact(count * ffn.gate().rows())];
        float[] up = new float[gate.length];
        float[] out = new float[Math.toIntExact(count * ffn.down().rows())];
        if (count > 0) {
            ops.matMul(ffn.gate(), x, gate, count);
            ops.matMul(ffn.up(), x, up, count);
            ops.swiGlu(gate, up, gate.length);
            ops.matMul(ffn.down(), gate, out, count);
        }
        return out;
    }

    private static void add(double[] sums, float[] rows, List<Share> shares, int dim) {
        for (int row = 0; row < shares.size(); row++) {
            for (int i = 0; i < dim; i++) {
                sums[shares.get(row).token() * dim + i] += shares.get(row).factor() * rows[row * dim + i];
            }
        }
    }
}
