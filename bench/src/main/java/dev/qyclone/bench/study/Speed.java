package dev.qyclone.bench.study;

import java.util.Arrays;
import java.util.List;

/**
 * How fast a test ran.
 *
 * @param test llama-bench's name of it, such as {@code pp128} or {@code tg32}
 * @param tokens computed in each sample
 * @param meanPerSecond mean of the samples' tokens per second
 * @param deviationPerSecond their standard deviation with n - 1 in the divisor; 0 for one sample
 * @param samplesNanos one for each round, in their order
 */
public record Speed(String test, int tokens, double meanPerSecond, double deviationPerSecond, List<Long> samplesNanos) {
    public Speed {
        samplesNanos = List.copyOf(samplesNanos);
        if (tokens < 1 || samplesNanos.isEmpty() || samplesNanos.stream().anyMatch(nanos -> nanos <= 0)) {
            throw new IllegalArgumentException(test + ": " + tokens + " tokens in " + samplesNanos + " ns");
        }
    }

    /** What samples of so many tokens come to. */
    public static Speed of(String test, int tokens, List<Long> samplesNanos) {
        double[] perSecond = samplesNanos.stream().mapToDouble(nanos -> tokens * 1e9 / nanos).toArray();
        double mean = Arrays.stream(perSecond).average().orElse(Double.NaN);
        double squares = Arrays.stream(perSecond).map(value -> (value - mean) * (value - mean)).sum();
        double deviation = perSecond.length < 2 ? 0 : Math.sqrt(squares / (perSecond.length - 1));
        return new Speed(test, tokens, mean, deviation, samplesNanos);
    }
}
