package dev.qyclone.engine.faulty;

import dev.qyclone.engine.ops.KvCache;
import dev.qyclone.engine.ops.Ops;
import dev.qyclone.engine.ops.PreparedWeights;
import dev.qyclone.engine.stage.AttentionPolicy;
import dev.qyclone.engine.stage.PositionScale;
import dev.qyclone.engine.tensor.Tensor;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/** Sound ops of which one kernel can go wrong. */
final class FaultyOps implements Ops {
    private static final float OFF = 1.01f;

    private final Ops sound;
    private final Supplier<Fault> fault;

    /** @param fault asked at every call; null while all is well */
    FaultyOps(Ops sound, Supplier<Fault> fault) {
        this.sound = sound;
        this.fault = fault;
    }

    private void spoil(Fault.Kernel kernel, float[] out, int count) {
        Fault now = fault.get();
        if (now instanceof Fault.BrokenKernel broken && broken.kernel() == kernel) {
            throw new IllegalStateException("kernel " + kernel.name().toLowerCase(Locale.ROOT) + " does not compile");
        }
        if (now instanceof Fault.WrongKernel wrong && wrong.kernel() == kernel) {
            skew(out, count);
        }
    }

    /** Every other element becomes a percent larger: not all, because the next norm would take that back. */
    static void skew(float[] x, int count) {
        for (int i = 0; i < count; i += 2) {
            x[i] *= OFF;
        }
    }

    @Override
    public String words() {
        return "faulty " + sound.words();
    }

    @Override
    public PreparedWeights prepare(List<Tensor> matrices, boolean exact) {
        return sound.prepare(matrices, exact);
    }

    @Override
    public void rmsNorm(float[] x, float[] weight, float eps, float[] out, int tokens, int dim) {
        sound.rmsNorm(x, weight, eps, out, tokens, dim);
        spoil(Fault.Kernel.NORM, out, tokens * dim);
    }

    @Override
    public void matMul(Tensor weight, float[] x, float[] out, int tokens) {
        sound.matMul(weight, x, out, tokens);
        spoil(Fault.Kernel.PRODUCT, out, tokens * Math.toIntExact(weight.rows()));
    }

    @Override
    public void addBias(float[] x, float[] bias, int tokens) {
        sound.addBias(x, bias, tokens);
    }

    @Override
    public void scale(float[] x, PositionScale scale, int tokens, int width, int position) {
        sound.scale(x, scale, tokens, width, position);
    }

    @Override
    public void turnKeys(float[] k, AttentionPolicy policy, int tokens, int kvHeads, int position) {
        sound.turnKeys(k, policy, tokens, kvHeads, position);
        spoil(Fault.Kernel.ROPE, k, tokens * kvHeads * 2 * policy.rope().pairs());
    }

    @Override
    public void turnQueries(float[] q, AttentionPolicy policy, int tokens, int heads, int position) {
        sound.turnQueries(q, policy, tokens, heads, position);
        spoil(Fault.Kernel.ROPE, q, policy.turns() * tokens * heads * 2 * policy.rope().pairs());
    }

    @Override
    public void attention(float[] q, KvCache cache, AttentionPolicy policy, float[] out, int tokens, int heads, int position) {
        sound.attention(q, cache, policy, out, tokens, heads, position);
        spoil(Fault.Kernel.ATTENTION, out, tokens * heads * cache.headDim());
    }

    @Override
    public void swiGlu(float[] gate, float[] up, int count) {
        sound.swiGlu(gate, up, count);
        spoil(Fault.Kernel.SWIGLU, gate, count);
    }

    @Override
    public void add(float[] x, float[] y, int count) {
        sound.add(x, y, count);
    }
}
