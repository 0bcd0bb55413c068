package dev.qyclone.engine.ops;

import dev.qyclone.engine.stage.AttentionPolicy;
import dev.qyclone.engine.stage.PositionScale;
import dev.qyclone.engine.tensor.Tensor;
import java.util.List;

/** Hands every operation on to other ops, for those that do one of them otherwise. What {@link Ops} writes itself stays its own. */
public abstract class ForwardingOps implements Ops {
    private final Ops ops;

    protected ForwardingOps(Ops ops) {
        this.ops = ops;
    }

    @Override
    public String words() {
        return ops.words();
    }

    @Override
    public PreparedWeights prepare(List<Tensor> matrices, boolean exact) {
        return ops.prepare(matrices, exact);
    }

    @Override
    public void rmsNorm(float[] x, float[] weight, float eps, float[] out, int tokens, int dim) {
        ops.rmsNorm(x, weight, eps, out, tokens, dim);
    }

    @Override
    public void matMul(Tensor weight, float[] x, float[] out, int tokens) {
        ops.matMul(weight, x, out, tokens);
    }

    @Override
    public void addBias(float[] x, float[] bias, int tokens) {
        ops.addBias(x, bias, tokens);
    }

    @Override
    public void scale(float[] x, PositionScale scale, int tokens, int width, int position) {
        ops.scale(x, scale, tokens, width, position);
    }

    @Override
    public void turnKeys(float[] k, AttentionPolicy policy, int tokens, int kvHeads, int position) {
        ops.turnKeys(k, policy, tokens, kvHeads, position);
    }

    @Override
    public void turnQueries(float[] q, AttentionPolicy policy, int tokens, int heads, int position) {
        ops.turnQueries(q, policy, tokens, heads, position);
    }

    @Override
    public void attention(float[] q, KvCache cache, AttentionPolicy policy, float[] out, int tokens, int heads, int position) {
        ops.attention(q, cache, policy, out, tokens, heads, position);
    }

    @Override
    public void swiGlu(float[] gate, float[] up, int count) {
        ops.swiGlu(gate, up, count);
    }

    @Override
    public void add(float[] x, float[] y, int count) {
        ops.add(x, y, count);
    }
}
