package dev.qyclone.engine.ops;

import dev.qyclone.engine.stage.AttentionPolicy;
import dev.qyclone.engine.stage.PositionScale;
import dev.qyclone.engine.tensor.Tensor;
import java.util.List;

/** Exact ops, but that activations are rounded before every product with a quantized matrix: what decode may do, in plain form. */
public final class RoundedOps implements Ops {
    private final Ops exact;

    public RoundedOps(Ops exact) {
        this.exact = exact;
    }

    @Override
    public String words() {
        return exact.words() + ", activations rounded";
    }

    @Override
    public PreparedWeights prepare(List<Tensor> matrices, boolean always) {
        return PreparedWeights.NONE;
    }

    @Override
    public void rmsNorm(float[] x, float[] weight, float eps, float[] out, int tokens, int dim) {
        exact.rmsNorm(x, weight, eps, out, tokens, dim);
    }

    @Override
    public void matMul(Tensor weight, float[] x, float[] out, int tokens) {
        if (weight.type().blockSize() == 1) {
            exact.matMul(weight, x, out, tokens);
            return;
        }
        int cols = Math.toIntExact(weight.cols());
        float[] rounded = new float[tokens * cols];
        RoundedActivations.roundAll(x, 0, rounded.length, rounded, 0);
        exact.matMul(weight, rounded, out, tokens);
    }

    @Override
    public void addBias(float[] x, float[] bias, int tokens) {
        exact.addBias(x, bias, tokens);
    }

    @Override
    public void scale(float[] x, PositionScale scale, int tokens, int width, int position) {
        exact.scale(x, scale, tokens, width, position);
    }

    @Override
    public void turnKeys(float[] k, AttentionPolicy policy, int tokens, int kvHeads, int position) {
        exact.turnKeys(k, policy, tokens, kvHeads, position);
    }

    @Override
    public void turnQueries(float[] q, AttentionPolicy policy, int tokens, int heads, int position) {
        exact.turnQueries(q, policy, tokens, heads, position);
    }

    @Override
    public void attention(float[] q, KvCache cache, AttentionPolicy policy, float[] out, int tokens, int heads, int position) {
        exact.attention(q, cache, policy, out, tokens, heads, position);
    }

    @Override
    public void swiGlu(float[] gate, float[] up, int count) {
        exact.swiGlu(gate, up, count);
    }

    @Override
    public void add(float[] x, float[] y, int count) {
        exact.add(x, y, count);
    }
}
