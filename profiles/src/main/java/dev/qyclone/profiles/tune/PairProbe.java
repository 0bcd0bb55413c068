package dev.qyclone.profiles.tune;

/** Two devices that are measured in turn: a layer on one, then at once a layer on the other, and the other way round. */
final class PairProbe {
    private final DeviceProbe one;
    private final DeviceProbe other;
    private final Effort effort;
    private final Samples forth = new Samples();
    private final Samples back = new Samples();

    PairProbe(DeviceProbe one, DeviceProbe other, Effort effort) {
        this.one = one;
        this.other = other;
        this.effort = effort;
    }

    boolean has(DeviceProbe probe) {
        return one == probe || other == probe;
    }

    DeviceProbe one() {
        return one;
    }

    DeviceProbe other() {
        return other;
    }

    void visit(HostSweep sweep) {
        one.goBehindPrompt();
        other.goBehindPrompt();
        double spent = 0;
        for (int i = 0; i < effort.decodes() && spent < effort.secondsPerCall(); i++) {
            spent += inTurn(sweep, one, other, forth) + inTurn(sweep, other, one, back);
        }
    }

    private static double inTurn(HostSweep sweep, DeviceProbe first, DeviceProbe second, Samples samples) {
        sweep.run();
        double seconds = first.layer() + second.layer();
        samples.add(seconds);
        return seconds;
    }

    void forgetSamples() {
        forth.clear();
        back.clear();
    }

    /** What the two took longer than each by itself. */
    PairTime time() {
        double together = (forth.timing().median() + back.timing().median()) / 2;
        double apart = one.aloneSeconds() + other.aloneSeconds();
        return new PairTime(one.device().id(), other.device().id(), Math.max(0, together - apart));
    }
}
