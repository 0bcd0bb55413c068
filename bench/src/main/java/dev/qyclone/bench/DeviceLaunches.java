package dev.qyclone.bench;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.BenchmarkParams;

/** What a run of a device's kernels costs beside them. JMH adds up what the iterations count, so each counts its share. */
@AuxCounters(AuxCounters.Type.EVENTS)
@State(Scope.Thread)
public class DeviceLaunches {
    /** Kernels launched by a run. */
    public double launches;
    /** Microseconds of a run that are no kernel's, for each of its launches. */
    public double hostMicrosPerLaunch;
    private double share = 1;

    @Setup
    public void setUp(BenchmarkParams benchmark) {
        share = 1.0 / benchmark.getMeasurement().getCount();
    }

    /** What the iteration has shown so far. */
    void set(int launchesOfRun, double hostNanosOfRun) {
        launches = launchesOfRun * share;
        hostMicrosPerLaunch = hostNanosOfRun / launchesOfRun / 1e3 * share;
    }
}
