package dev.qyclone.profiles.tune;

import java.util.Arrays;

/**
 * A time that was measured several times, in seconds.
 *
 * @param median infinite where it was not measured, because it cannot be
 * @param low lower quartile
 * @param high upper quartile
 * @param samples how many
 */
public record Timing(double median, double low, double high, int samples) {
    /** What cannot be: nothing is ever placed there. */
    public static final Timing IMPOSSIBLE =
            new Timing(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, 0);

    public Timing {
        if (!(low <= median && median <= high) || low < 0 || samples < 0) {
            throw new IllegalArgumentException("not 0 <= low <= median <= high: " + low + ", " + median + ", " + high);
        }
    }

    /** Median and quartiles of samples, in seconds. */
    public static Timing of(double[] seconds) {
        if (seconds.length == 0) {
            throw new IllegalArgumentException("no samples");
        }
        double[] sorted = seconds.clone();
        Arrays.sort(sorted);
        return new Timing(quantile(sorted, 0.5), quantile(sorted, 0.25), quantile(sorted, 0.75), sorted.length);
    }

    /** A time that is known without a spread. */
    public static Timing exactly(double seconds) {
        return new Timing(seconds, seconds, seconds, 1);
    }

    /** Linear between the neighbours (type 7 of Hyndman and Fan). */
    private static double quantile(double[] sorted, double part) {
        double at = part * (sorted.length - 1);
        int below = (int) at;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }

    public boolean possible() {
        return Double.isFinite(median);
    }

    /** So many times as long. */
    public Timing times(double factor) {
        return new Timing(median * factor, low * factor, high * factor, samples);
    }

    /** Shorter by what belongs to something else, never below 0. */
    public Timing without(double seconds) {
        return new Timing(Math.max(0, median - seconds), Math.max(0, low - seconds), Math.max(0, high - seconds), samples);
    }
}
