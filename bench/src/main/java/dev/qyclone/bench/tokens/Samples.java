package dev.qyclone.bench.tokens;

import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/**
 * The times of one cell's repetitions.
 *
 * @param tokens ids computed in each repetition, all sessions together
 * @param nanos one per repetition
 */
public record Samples(long tokens, long[] nanos) {
    public Samples {
        nanos = nanos.clone();
        if (tokens < 1 || nanos.length == 0 || Arrays.stream(nanos).anyMatch(time -> time <= 0)) {
            throw new IllegalArgumentException(tokens + " tokens in " + Arrays.toString(nanos) + " ns");
        }
    }

    @Override
    public long[] nanos() {
        return nanos.clone();
    }

    /** Tokens per second of each repetition. */
    public double[] perSecond() {
        return LongStream.of(nanos).mapToDouble(time -> tokens * 1e9 / time).toArray();
    }

    public double meanNanos() {
        return mean(LongStream.of(nanos).asDoubleStream().toArray());
    }

    public double deviationNanos() {
        return deviation(LongStream.of(nanos).asDoubleStream().toArray());
    }

    /** Mean of {@link #perSecond()}, as llama-bench's avg_ts. */
    public double meanPerSecond() {
        return mean(perSecond());
    }

    /** Sample standard deviation of {@link #perSecond()}, as llama-bench's stddev_ts; 0 for a single repetition. */
    public double deviationPerSecond() {
        return deviation(perSecond());
    }

    static double mean(double[] values) {
        return Arrays.stream(values).sum() / values.length;
    }

    /** NaN of no values. */
    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.isEmpty() ? Double.NaN : (sorted.get((sorted.size() - 1) / 2) + sorted.get(sorted.size() / 2)) / 2;
    }

    /** With n - 1 in the divisor. */
    static double deviation(double[] values) {
        return Math.sqrt(variance(values));
    }

    static double variance(double[] values) {
        if (values.length < 2) {
            return 0;
        }
        double mean = mean(values);
        return Arrays.stream(values).map(value -> (value - mean) * (value - mean)).sum() / (values.length - 1);
    }
}
