package dev.qyclone.engine.ops;

import dev.qyclone.engine.tensor.Tensor;
import java.util.List;

/** Exact ops, but that activations are rounded before every product with a quantized matrix: what decode may do, in plain form. */
public final class RoundedOps extends ForwardingOps {
    public RoundedOps(Ops exact) {
        super(exact);
    }

    @Override
    public String words() {
        return super.words() + ", activations rounded";
    }

    @Override
    public PreparedWeights prepare(List<Tensor> matrices, boolean always) {
        return PreparedWeights.NONE;
    }

    @Override
    public void matMul(Tensor weight, float[] x, float[] out, int tokens) {
        if (weight.type().blockSize() == 1) {
            super.matMul(weight, x, out, tokens);
            return;
        }
        int cols = Math.toIntExact(weight.cols());
        float[] rounded = new float[tokens * cols];
        RoundedActivations.roundAll(x, 0, rounded.length, rounded, 0);
        super.matMul(weight, rounded, out, tokens);
    }
}
