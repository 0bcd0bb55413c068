package dev.qyclone.profiles.tune;

/** Lets rounds be run only while the machine keeps its pace, as long as there is patience. */
final class SamePace {
    /** Paces that differ by less count as the same: a clock goes up and down by a fifth, a shared core halves it. */
    static final double TOLERANCE = 0.25;
    private static final double LOOK_SECONDS = 0.25;

    private final Gauges gauges;
    private final Samples seen = new Samples();
    private double wanted;
    private double patience;
    private long looked;

    /** The best pace that the machine shows; half of the effort's time is waited for it at most. */
    SamePace(Gauges gauges, Effort effort) {
        this.gauges = gauges;
        this.patience = effort.mostSeconds() / 2;
    }

    /** True if a machine is so much faster than at a pace of before that figures of then are not worth much. */
    static boolean faster(double now, double then) {
        return now * (1 - TOLERANCE) > then;
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
        while (faster(wanted, now) && gauges.secondsSince(begun) < patience) {
            now = gauges.pace().getAsDouble();
        }
        looked = gauges.clock().getAsLong();
        patience -= gauges.secondsSince(begun);
        boolean first = seen.isEmpty();
        boolean better = faster(now, wanted);
        if (better) {
            seen.clear();
        }
        wanted = Math.max(wanted, now);
        seen.add(now);
        return first || !better;
    }

    /** The median of the rounds that count. */
    double median() {
        return seen.isEmpty() ? gauges.pace().getAsDouble() : seen.timing().median();
    }
}
