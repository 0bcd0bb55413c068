package dev.qyclone.tasks;

import dev.qyclone.engine.stage.Launches;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.enums.ProfilerMode;

/** Counts the kernels that graphs launch, and adds up what they take on the device where that is asked for. */
final class LaunchClock {
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

    /** One graph at a time, whichever thread runs it: TornadoVM's profiler is on or off for all of a process. */
    private synchronized TornadoExecutionResult timed(TornadoExecutionPlan plan) {
        plan.withProfiler(ProfilerMode.SILENT);
        try {
            TornadoExecutionResult result = plan.execute();
            nanos += result.getProfilerResult().getDeviceKernelTime();
            return result;
        } finally {
            plan.withoutProfiler();
        }
    }
}
