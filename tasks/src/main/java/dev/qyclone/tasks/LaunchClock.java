package dev.qyclone.tasks;

import dev.qyclone.engine.stage.Launches;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.enums.ProfilerMode;

/** Counts the kernels that graphs launch, and adds up what they take on the device where that is asked for. */
class LaunchClock {
    private boolean timed;
    private long kernels;
    private long nanos;

    synchronized void time(boolean on) {
        timed = on;
    }

    synchronized Launches launches() {
        return new Launches(kernels, nanos);
    }

    /** Runs the graph that a plan has chosen, of so many steps. */
    TornadoExecutionResult run(TornadoExecutionPlan plan, int steps) {
        if (count(steps)) {
            return timed(plan);
        }
        return plan.execute();
    }

    private synchronized boolean count(int steps) {
        kernels += steps;
        return timed;
    }

    private synchronized TornadoExecutionResult timed(TornadoExecutionPlan plan) {
        TornadoExecutionResult result = profiled(plan);
        nanos += result.getProfilerResult().getDeviceKernelTime();
        return result;
    }

    /** Runs a graph under the profiler, one at a time, whichever thread does: the profiler is on or off for all of a process. */
    synchronized TornadoExecutionResult profiled(TornadoExecutionPlan plan) {
        plan.withProfiler(ProfilerMode.SILENT);
        try {
            return plan.execute();
        } finally {
            plan.withoutProfiler();
        }
    }
}
