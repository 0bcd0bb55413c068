package dev.qyclone.engine.model;

import dev.qyclone.engine.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;

/** The second half of a layer. */
public sealed interface FeedForward {
    /** All its weights. */
    Stream<Tensor> tensors();

    /**
     * down · (silu(gate · x) · (up · x)).
     *
     * @param gate (ffnDim, dim)
     * @param up (ffnDim, dim)
     * @param down (dim, ffnDim)
     */
    record Dense(Tensor gate, Tensor up, Tensor down) implements FeedForward {
        @Override
        public Stream<Tensor> tensors() {
            return Stream.of(gate, up, down);
        }
    }

    /**
     * A mixture of experts with one expert that all tokens share (modeling_qwen2_moe.py).
     *
     * @param router (experts, dim)
     * @param experts each of width expertDim
     * @param sharedGate (1, dim): its sigmoid scales the shared expert
     * @param shared of width sharedDim
     */
    record Mixture(Tensor router, List<Dense> experts, Tensor sharedGate, Dense shared) implements FeedForward {
        public Mixture {
            experts = List.copyOf(experts);
        }

        @Override
        public Stream<Tensor> tensors() {
            return Stream.concat(Stream.of(router, sharedGate),
                    Stream.concat(shared.tensors(), experts.stream().flatMap(Dense::tensors)));
        }
    }
}
