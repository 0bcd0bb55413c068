package dev.qyclone.tasks;

import dev.qyclone.engine.stage.OpeningTimes;
import java.util.Optional;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoProfilerResult;
import uk.ac.manchester.tornado.api.enums.ProfilerMode;

/**
 * Tells apart what happens when graphs join a chain, where that is asked for: TornadoVM compiles a graph and sends its arrays in one
 * and the same execution, and only its profiler, which waits for every transfer, sees both. The profiler is off in every other
 * execution.
 */
class OpeningClock {
    private final boolean on;
    private OpeningTimes times = new OpeningTimes(0, 0);

    OpeningClock(boolean on) {
        this.on = on;
    }

    /** Runs the graph that a plan has chosen. */
    void run(TornadoExecutionPlan plan) {
        if (!on) {
            plan.execute();
            return;
        }
        plan.withProfiler(ProfilerMode.SILENT);
        try {
            TornadoProfilerResult profile = plan.execute().getProfilerResult();
            // PoCL finishes a kernel when it is first launched: between queueing and start.
            long launched = Math.max(0, profile.getKernelDispatchTime());
            add(new OpeningTimes(profile.getTornadoCompilerTime() + profile.getDriverInstallTime() + launched,
                    profile.getDeviceWriteTime()));
        } finally {
            plan.withoutProfiler();
        }
    }

    /** Runs the graph that a plan has chosen to upload something; all that it takes is upload. */
    void send(TornadoExecutionPlan plan) {
        long begin = System.nanoTime();
        plan.execute();
        if (on) {
            add(new OpeningTimes(0, System.nanoTime() - begin));
        }
    }

    private synchronized void add(OpeningTimes more) {
        times = times.plus(more);
    }

    /** All so far; empty if it was not asked for. */
    synchronized Optional<OpeningTimes> times() {
        return on ? Optional.of(times) : Optional.empty();
    }
}
