package dev.qyclone.profiles.tune;

import java.util.function.LongSupplier;

/**
 * When code is warm: as long again as it took to become fast has passed without anything becoming faster by a tenth. The JIT compiler
 * is late where a machine is busy or a model small, so that a fixed time would be too long or too short.
 */
final class WarmUp {
    private static final double A_TENTH = 0.9;
    /** Of the time that the rounds that count may take, what is waited at most. */
    private static final double PATIENCE = 1.0 / 3;

    private final Effort effort;
    private final LongSupplier clock;
    private final long start;
    private int rounds;
    private double improved;

    WarmUp(Effort effort, LongSupplier clock) {
        this.effort = effort;
        this.clock = clock;
        this.start = clock.getAsLong();
    }

    /** True if one more round is to be run. */
    boolean wanted() {
        double passed = passed();
        if (passed >= effort.mostSeconds() * PATIENCE) {
            return rounds == 0;
        }
        return rounds < effort.warmUps() || passed < Math.max(effort.leastSeconds(), 2 * improved);
    }

    /** A round is over in which these were measured. */
    void ended(Iterable<Samples> measured) {
        rounds++;
        for (Samples samples : measured) {
            if (samples.fellBelow(A_TENTH)) {
                improved = passed();
            }
        }
    }

    private double passed() {
        return (clock.getAsLong() - start) / 1e9;
    }
}
