package dev.qyclone.profiles.tune;

import java.util.Arrays;

/** Times of the same thing, in seconds, as they come in. */
final class Samples {
    private double[] seconds = new double[16];
    private int count;

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
    }

    Timing timing() {
        return Timing.of(Arrays.copyOf(seconds, count));
    }
}
