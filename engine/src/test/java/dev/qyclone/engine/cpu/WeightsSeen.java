package dev.qyclone.engine.cpu;

import dev.qyclone.engine.ops.ForwardingOps;
import dev.qyclone.engine.ops.Ops;
import dev.qyclone.engine.tensor.Tensor;
import java.util.function.Consumer;

/** Ops that show the matrices that they are given. */
final class WeightsSeen extends ForwardingOps {
    private final Consumer<Tensor> seen;

    WeightsSeen(Ops ops, Consumer<Tensor> seen) {
        super(ops);
        this.seen = seen;
    }

    @Override
    public void matMul(Tensor weight, float[] x, float[] out, int tokens) {
        seen.accept(weight);
        super.matMul(weight, x, out, tokens);
    }
}
