package dev.qyclone.bench.tokens;

import java.time.Instant;
import java.util.List;

/**
 * A row of the table: a test on a target, measured or failed.
 *
 * @param began when the row's first repetition started
 */
public record BenchRow(
        ModelFacts model, TargetFacts target, TokenTest test, int batch, int sessions, PromptFlow flow, Instant began, Outcome outcome) {

    /** How it went. */
    public sealed interface Outcome {
    }

    /**
     * All repetitions ran.
     *
     * @param bytesPerToken what one token must read, 0 for prompts
     * @param readLimits GB/s that the machine could read before each repetition; empty where that is not known or says nothing
     * @param deviceTime launches and host time, {@link DeviceTime#NONE} on the host
     */
    public record Measured(Samples samples, long bytesPerToken, List<Double> readLimits, DeviceTime deviceTime) implements Outcome {
        public Measured {
            readLimits = List.copyOf(readLimits);
            if (!readLimits.isEmpty() && readLimits.size() != samples.nanos().length) {
                throw new IllegalArgumentException(readLimits.size() + " limits for " + samples.nanos().length + " repetitions");
            }
        }

        /** Mean of the limits, in GB/s; NaN without any. */
        public double readLimit() {
            return readLimits.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
        }

        /** What decode read, in percent of what could be read right before; NaN without limits. */
        public double percentOfReadLimit() {
            if (readLimits.isEmpty()) {
                return Double.NaN;
            }
            double[] perSecond = samples.perSecond();
            double sum = 0;
            for (int i = 0; i < perSecond.length; i++) {
                sum += perSecond[i] * bytesPerToken / 1e7 / readLimits.get(i);
            }
            return sum / perSecond.length;
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
