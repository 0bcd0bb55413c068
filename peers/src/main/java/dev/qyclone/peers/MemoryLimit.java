package dev.qyclone.peers;

import dev.qyclone.bench.tokens.MeasuredHostLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How many ids a second memory gives at most, measured between the engines' rounds: an engine that reads every weight once for each id
 * cannot be faster, and memory's pace may change from minute to minute. What caches hold of a small model is not known here.
 */
final class MemoryLimit implements AutoCloseable {
    private final MeasuredHostLimits limits = new MeasuredHostLimits();
    private final int threads;
    private final long bytesPerToken;
    private final List<Double> rates = new ArrayList<>();

    MemoryLimit(int threads, long bytesPerToken) {
        this.threads = threads;
        this.bytesPerToken = bytesPerToken;
    }

    /** Measures once, as {@code qyclone bench} does beside its rows. */
    void measure() {
        rates.add(limits.gigabytesPerSecond(threads));
    }

    /** The median of what was measured. */
    double tokensPerSecond() {
        return tokens(Times.median(rates));
    }

    String range() {
        return Times.range(rates.stream().map(this::tokens).toList());
    }

    /** What was measured, in words. */
    String words() {
        return String.format(Locale.ROOT, "%.1f GB/s for %.3f GB", Times.median(rates), bytesPerToken / 1e9);
    }

    private double tokens(double gigabytesPerSecond) {
        return gigabytesPerSecond * 1e9 / bytesPerToken;
    }

    @Override
    public void close() {
        limits.close();
    }
}
