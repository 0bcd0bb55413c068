package dev.qyclone.profiles.tune;

import java.util.Arrays;

/** Times of the same thing, in seconds, as they come in. */
final class Samples {
    private double[] seconds = new double[16];
    private int count;
    private double mark = Double.POSITIVE_INFINITY;

    void add(double value) {
        if (count == seconds.length) {
            seconds = Arrays.copyOf(seconds, 2 * count);
        }
        seconds[count++] = value;
    }

    boolean isEmpty() {
        return count == 0;
    }

    double last() {
        return seconds[count - 1];
    }

    void clear() {
        count = 0;
        mark = Double.POSITIVE_INFINITY;
    }

    /** True if the fastest has become less than this part of what it was when that was true before; and once there is a sample. */
    boolean fellBelow(double part) {
        double fastest = Arrays.stream(seconds, 0, count).min().orElse(Double.POSITIVE_INFINITY);
        boolean fell = fastest < part * mark;
        mark = fell ? fastest : mark;
        return fell;
    }

    Timing timing() {
        return Timing.of(Arrays.copyOf(seconds, count));
    }
}
