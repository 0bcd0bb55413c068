package dev.qyclone.profiles.tune;

/** Lets rounds be run only while the machine keeps its pace, as long as there is patience. */
final class SamePace {
    /** Paces that differ by less count as the same: a clock goes up and down by a fifth, a shared core halves it. */
    static final double TOLERANCE = 0.25;
    private static final double LOOK_SECONDS = 0.25;

    private final Gauges gauges;
    private final Samples seen = new Samples();
    private double wanted;
    private final boolean fixed;
    private double patience;
    private long looked;

    private SamePace(Gauges gauges, double wanted, double patience) {
        this.gauges = gauges;
        this.wanted = wanted;
        this.fixed = wanted > 0;
        this.patience = patience;
    }

    /** The best pace that the machine shows. */
    static SamePace best(Gauges gauges, Effort effort) {
        return new SamePace(gauges, 0, effort.mostSeconds() / 2);
    }

    /** A pace of before. */
    static SamePace as(double wanted, Gauges gauges, Effort effort) {
        return new SamePace(gauges, wanted, effort.mostSeconds() / 2);
    }

    /** True if a machine is so much faster than at a pace of before that figures of then are not worth much. */
    static boolean faster(double now, double then) {
        return now * (1 - TOLERANCE) > then;
    }

    private static boolean slower(double now, double then) {
        return faster(then, now);
    }

    /**
     * To be called before each round: waits while the machine is at another pace.
     *
     * @return false if it has become faster than ever: what was measured so far does not count
     */
    boolean kept() {
        if (!seen.isEmpty() && gauges.secondsSince(looked) < LOOK_SECONDS) {
            return true;
        }
        long begun = gauges.clock().getAsLong();
        double now = gauges.pace().getAsDouble();
        while (differs(now) && gauges.secondsSince(begun) < patience) {
            now = gauges.pace().getAsDouble();
        }
        looked = gauges.clock().getAsLong();
        patience -= gauges.secondsSince(begun);
        boolean first = seen.isEmpty();
        boolean better = !fixed && faster(now, wanted);
        if (better) {
            seen.clear();
        }
        if (!fixed) {
            wanted = Math.max(wanted, now);
        }
        seen.add(now);
        return first || !better;
    }

    private boolean differs(double now) {
        return wanted > 0 && (slower(now, wanted) || fixed && faster(now, wanted));
    }

    /** The median of the rounds that count. */
    double median() {
        return seen.isEmpty() ? gauges.pace().getAsDouble() : seen.timing().median();
    }
}
