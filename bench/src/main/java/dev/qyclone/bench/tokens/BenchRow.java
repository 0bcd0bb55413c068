package dev.qyclone.bench.tokens;

import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A row of the table: a test on a target, measured or failed.
 *
 * @param began when the row's first repetition started
 * @param complete false where the run was ended before the last repetition
 */
public record BenchRow(
        ModelFacts model, TargetFacts target, TokenTest test, int batch, int sessions, PromptFlow flow, Instant began, Outcome outcome,
        boolean complete) {

    /** With all repetitions. */
    public BenchRow(ModelFacts model, TargetFacts target, TokenTest test, int batch, int sessions, PromptFlow flow, Instant began,
            Outcome outcome) {
        this(model, target, test, batch, sessions, flow, began, outcome, true);
    }

    /** How it went. */
    public sealed interface Outcome {
    }

    /**
     * It was timed.
     *
     * @param bytesPerToken what one decoded token must read, 0 for prompts
     * @param flopsPerToken multiplications and additions of one id of a prompt, 0 for decode
     * @param limits what the machine could do before each repetition: of decode GB/s that it could read, of a prompt GFLOP/s that it
     *     could multiply and add; empty where that is not known or says nothing
     * @param deviceTime launches and host time, {@link DeviceTime#NONE} on the host
     */
    public record Measured(Samples samples, long bytesPerToken, double flopsPerToken, List<Double> limits, DeviceTime deviceTime)
            implements Outcome {
        public Measured {
            limits = List.copyOf(limits);
            if (!limits.isEmpty() && limits.size() != samples.nanos().length) {
                throw new IllegalArgumentException(limits.size() + " limits for " + samples.nanos().length + " repetitions");
            }
        }

        /** Median of the limits, in GB/s or GFLOP/s; NaN without any. */
        public double limit() {
            return Samples.median(limits);
        }

        /**
         * What was read or multiplied, in percent of what the machine could do right before; NaN without limits. The median of all
         * repetitions: a limit that was measured while something else ran says nothing, and a mean would be carried off by it.
         */
        public double percentOfLimit() {
            double[] perSecond = samples.perSecond();
            return Samples.median(IntStream.range(0, limits.size())
                    .mapToObj(i -> perSecond[i] * (bytesPerToken + flopsPerToken) / 1e7 / limits.get(i)).toList());
        }
    }

    /** @param reason one line */
    public record Failed(String reason) implements Outcome {
    }

    /** True if there are figures. */
    public boolean measured() {
        return switch (outcome) {
            case Measured some -> true;
            case Failed none -> false;
        };
    }
}
