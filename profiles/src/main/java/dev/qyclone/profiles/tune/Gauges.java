package dev.qyclone.profiles.tune;

import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * What is read while measuring.
 *
 * @param clock nanoseconds, such as {@link System#nanoTime}
 * @param pace how fast the host computes now, in any unit, such as {@link HostPace}; what is measured at one pace says little of another
 */
public record Gauges(LongSupplier clock, DoubleSupplier pace) {
    /** For a machine whose pace never changes. */
    public static Gauges even(LongSupplier clock) {
        return new Gauges(clock, () -> 1);
    }

    double secondsSince(long start) {
        return (clock.getAsLong() - start) / 1e9;
    }
}
