package dev.qyclone.tasks;

import dev.qyclone.engine.model.FeedForward;
import dev.qyclone.engine.model.LayerWeights;
import dev.qyclone.engine.model.MixtureConfig;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.stage.AttentionPolicy;
import dev.qyclone.engine.stage.KernelCase;
import dev.qyclone.engine.tensor.Tensor;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What a run of kernels must move and compute at least, however they do it: of products the weights as they are stored, of attention the
 * keys and values that are seen, of other steps what goes in and comes out.
 *
 * @param operations multiplications and additions, one each; a division or an exponential counts as one, a comparison as none
 */
record KernelWork(long bytes, double operations) {
    /** The names of the steps that a case is made of, in the graph for one token or that for many. */
    static Pattern steps(KernelCase which) {
        return Pattern.compile(switch (which.kind()) {
            case NORM -> "ffn_norm";
            case ROPE -> "rope";
            case ATTENTION -> "(rope_)?attention(_.+)?"; // some forms turn a single row's queries where its attention begins
            case PANELS -> "(shared_)?gate_up_panels.+";
            case TOKENS_PRODUCT -> which.tokens() == 1 ? "" : "(shared_)?gate_up";
            case SWIGLU -> "(shared_)?swiglu";
            case ROUTER -> "(router|choose)(_.+)?";
            case EXPERTS -> "(pick|expert|weigh)_.+";
            case COPY, MULTIPLY_ADD, PRODUCT, LOGITS, LARGEST, LAYER -> throw new IllegalArgumentException(which.kind() + " is no step");
        });
    }

    /**
     * The work of a case's steps.
     *
     * @param experts whose weights are read: of a batch, those that some token goes to
     */
    static KernelWork of(KernelCase which, LayerWeights weights, AttentionPolicy policy, int experts) {
        ModelConfig config = which.shape();
        MixtureConfig mixture = config.mixture();
        long tokens = which.tokens();
        FeedForward.Dense dense = dense(weights);
        long gateUp = dense.gate().elements() + dense.up().elements();
        long gateUpBytes = dense.gate().bytes() + dense.up().bytes();
        return switch (which.kind()) {
            case NORM -> floats(tokens * 2 * config.dim(), 4.0 * tokens * config.dim());
            case ROPE -> rope(config, which, policy.turns());
            case ATTENTION -> attention(config, which, policy);
            case PANELS -> new KernelWork(gateUpBytes + Float.BYTES * gateUp, 0);
            case TOKENS_PRODUCT -> new KernelWork(gateUpBytes, 2.0 * tokens * gateUp);
            case SWIGLU -> floats(tokens * 3 * dense.gate().rows(), 4.0 * tokens * dense.gate().rows());
            case ROUTER -> floats((long) mixture.experts() * config.dim() + tokens * mixture.experts(),
                    tokens * (2.0 * mixture.experts() * config.dim() + mixture.experts()));
            case EXPERTS -> new KernelWork(experts * expert(weights).mapToLong(Tensor::bytes).sum(),
                    2.0 * tokens * mixture.used() * expert(weights).mapToLong(Tensor::elements).sum());
            case COPY, MULTIPLY_ADD, PRODUCT, LOGITS, LARGEST, LAYER -> throw new IllegalArgumentException(which.kind() + " is no step");
        };
    }

    private static KernelWork floats(long count, double operations) {
        return new KernelWork(Float.BYTES * count, operations);
    }

    private static KernelWork rope(ModelConfig config, KernelCase which, int turns) {
        long read = Float.BYTES * (config.qDim() + 2L * config.kvDim());
        long written = (long) Float.BYTES * turns * config.qDim() + 2L * which.kvType().bytes() * config.kvDim();
        return new KernelWork(which.tokens() * (read + written), 3.0 * which.tokens() * (turns * config.qDim() + config.kvDim()));
    }

    private static KernelWork attention(ModelConfig config, KernelCase which, AttentionPolicy policy) {
        int first = position(which);
        int end = first + which.tokens();
        long seen = IntStream.range(first, end).mapToLong(t -> t + 1L - policy.firstVisible(t)).sum();
        return new KernelWork(2L * which.kvType().bytes() * config.kvDim() * (end - policy.firstVisible(first)),
                4.0 * seen * config.qDim());
    }

    /** Of a case's first row: its last one is the {@code depth}-th, if there are so many. */
    static int position(KernelCase which) {
        return Math.max(0, which.depth() - which.tokens());
    }

    /** What every token goes through. */
    private static FeedForward.Dense dense(LayerWeights weights) {
        return switch (weights.ffn()) {
            case FeedForward.Dense own -> own;
            case FeedForward.Mixture own -> own.shared();
        };
    }

    /** The matrices of one expert; all have the same sizes. */
    private static Stream<Tensor> expert(LayerWeights weights) {
        return switch (weights.ffn()) {
            case FeedForward.Dense own -> Stream.empty();
            case FeedForward.Mixture own -> own.experts().getFirst().tensors();
        };
    }
}
