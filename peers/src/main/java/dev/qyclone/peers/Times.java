package dev.qyclone.peers;

import java.util.ArrayList;
import java.util.List;

/**
 * What one contestant took, round for round: for a call that reads the prompt and writes one id, and for one that writes more. The
 * difference is the time of the ids, for any engine, without asking it. An engine that streams its text is not asked when the first id is
 * there, because it may hold back half a character.
 */
final class Times {
    private final int read;
    private final int more;
    private final List<Double> one = new ArrayList<>();
    private final List<Double> all = new ArrayList<>();

    /**
     * @param read ids of the prompt
     * @param more ids that the longer call writes besides the first
     */
    Times(int read, int more) {
        this.read = read;
        this.more = more;
    }

    /** Adds a round, in nanoseconds. */
    void add(long oneNanos, long allNanos) {
        one.add(oneNanos / 1e9);
        all.add(allNanos / 1e9);
    }

    /** Ids read a second, from the median of the rounds. */
    double prefill() {
        return read / median(one);
    }

    /**
     * Ids written a second, from the medians of the rounds: their difference is disturbed less than the median of differences.
     *
     * @return NaN if the longer call took no longer
     */
    double decode() {
        double seconds = median(all) - median(one);
        return seconds > 0 ? more / seconds : Double.NaN;
    }

    /** The rate of each round by itself, the slowest and the fastest. */
    String prefillRange() {
        return range(one.stream().map(seconds -> read / seconds).toList());
    }

    /** The same of what more ids took, but for rounds whose longer call took no longer. */
    String decodeRange() {
        List<Double> rates = new ArrayList<>();
        for (int i = 0; i < one.size(); i++) {
            double seconds = all.get(i) - one.get(i);
            if (seconds > 0) {
                rates.add(more / seconds);
            }
        }
        return range(rates);
    }

    static String range(List<Double> rates) {
        if (rates.isEmpty()) {
            return "none";
        }
        List<Double> sorted = rates.stream().sorted().toList();
        return "%.1f-%.1f".formatted(sorted.getFirst(), sorted.getLast());
    }

    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
