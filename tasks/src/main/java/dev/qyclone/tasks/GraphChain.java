package dev.qyclone.tasks;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.tasks.kernels.HostArrays;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Set;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/**
 * Graphs of one plan that share arrays on the device. TornadoVM gives each graph buffers of its own; a graph gets another's only if
 * it runs right after it and says so by the other's name. So the graphs form a chain: each takes over all that the graphs before it
 * own from its predecessor, used or not, and the chain runs once in order when it is opened. From then on every graph holds every
 * buffer and they may run in any order. Graphs that are seldom needed come last and join when they are first run.
 */
final class GraphChain implements AutoCloseable {
    /** TornadoVM's own default lets the compiler take for granted that there is no NaN, and nobody would notice one. */
    private static final String OPENCL_FLAGS = "-cl-mad-enable -cl-no-signed-zeros -w";

    private final List<Steps> graphs = new ArrayList<>();
    private final List<Object> resident = new ArrayList<>();
    private final GridScheduler grids = new GridScheduler();
    private final WorkGroups groups;
    private final GraphTools tools;
    private TornadoExecutionPlan plan;
    private int early;
    private int joined;
    private Runnable idle = () -> { };
    private int openers;
    private Runnable send = () -> { };

    /** @param groupLimit most items that a work-group may have */
    GraphChain(int groupLimit) {
        this(WorkGroups.upTo(groupLimit));
    }

    GraphChain(WorkGroups groups) {
        this(groups, GraphTools.plain());
    }

    /** @param tools told what it takes to join, and what is launched from then on; and kernels that were compiled before */
    GraphChain(WorkGroups groups, GraphTools tools) {
        this.groups = groups;
        this.tools = tools;
    }

    /** The graphs so far serve opening only: once they have joined, {@code run} runs them, and those after them join. */
    void openWith(Runnable run) {
        openers = graphs.size();
        send = run;
    }

    /** Begins the next graph; the one before is complete. */
    Steps next(String name) {
        early++;
        return late(name);
    }

    /** Begins a graph that is compiled when it is first run; only such graphs come after it. */
    Steps late(String name) {
        Steps steps = new Steps(name, grids, groups, resident, tools.kernels());
        if (!graphs.isEmpty()) {
            steps.graph().consumeFromDevice(graphs.getLast().name(), resident.toArray());
        }
        graphs.add(steps);
        return steps;
    }

    /**
     * Compiles all graphs but the late ones for a device and takes memory there; gives it back if that fails.
     *
     * @param idle makes what the host sends harmless: each graph runs when it joins
     * @throws dev.qyclone.engine.error.EngineException DEVICE_UNAVAILABLE if a kernel cannot be compiled, OUT_OF_MEMORY if memory is short
     */
    void open(TornadoDevice device, Runnable idle) {
        open(device, idle, () -> { });
    }

    /** The same, with arrays that are being filled; they are given back once the device has them, where the driver does not pin them. */
    void open(TornadoDevice device, Runnable idle, HostArrays arrays) {
        open(device, idle, arrays::awaitFilled);
        if (device.getTornadoVMBackend() == TornadoVMBackendType.OPENCL) {
            arrays.close();
        }
    }

    private void open(TornadoDevice device, Runnable idle, Runnable fill) {
        try {
            prepare(device, idle);
            join(openers);
            send.run();
            fill.run();
            join(early);
        } catch (RuntimeException | Error e) {
            closeAfter(e);
            throw e;
        }
    }

    private void closeAfter(Throwable reason) {
        try {
            close();
        } catch (RuntimeException | Error e) {
            reason.addSuppressed(e);
        }
    }

    private void prepare(TornadoDevice device, Runnable idle) {
        this.idle = idle;
        Object anchor = resident.getFirst();
        for (int i = 1; i < graphs.size(); i++) {
            for (int other = 0; other < graphs.size(); other++) {
                if (other != i - 1) {
                    // Without a word on a predecessor a graph would take over everything from it, had or not had.
                    graphs.get(i).graph().consumeFromDevice(graphs.get(other).name(), anchor);
                }
            }
        }
        plan = new TornadoExecutionPlan(graphs.stream().map(steps -> steps.graph().snapshot()).toArray(ImmutableTaskGraph[]::new));
        plan.withGridScheduler(grids);
        plan.withDevice(device);
        plan.withCompilerFlags(TornadoVMBackendType.OPENCL, OPENCL_FLAGS);
    }

    /** Bytes that all arrays of its graphs take on the device, and those of the largest. */
    LongSummaryStatistics bytes() {
        Set<Object> arrays = Collections.newSetFromMap(new IdentityHashMap<>());
        arrays.addAll(resident);
        graphs.forEach(steps -> arrays.addAll(steps.travelling()));
        return arrays.stream().mapToLong(array -> ((TornadoNativeArray) array).getNumBytesOfSegmentWithHeader()).summaryStatistics();
    }

    /**
     * Runs one graph and waits for it.
     *
     * @throws dev.qyclone.engine.error.EngineException DEVICE_FAILED, or OUT_OF_MEMORY if the device's memory is short
     */
    TornadoExecutionResult run(Steps steps) {
        int index = graphs.indexOf(steps);
        if (index >= joined) {
            throw new IllegalStateException(steps.name() + " has not joined");
        }
        try {
            return tools.launches().run(plan.withGraph(index), steps.count());
        } catch (RuntimeException | Error e) {
            throw TornadoFailure.running("graph " + steps.name(), e);
        }
    }

    /** Runs a graph while the chain is opened: what it takes is no launch of a token's, but part of the upload. */
    void send(Steps steps) {
        try {
            tools.opening().send(plan.withGraph(graphs.indexOf(steps)));
        } catch (RuntimeException | Error e) {
            throw TornadoFailure.running("graph " + steps.name(), e);
        }
    }

    /**
     * Runs one graph and tells what each of its steps took on the device.
     *
     * @return nanoseconds by the steps' names
     */
    Map<String, Long> times(Steps steps) {
        try {
            String log = tools.launches().profiled(plan.withGraph(graphs.indexOf(steps))).getProfilerResult().getProfileLog();
            return KernelTimes.read(log, steps.name());
        } catch (RuntimeException | Error e) {
            throw TornadoFailure.running("graph " + steps.name(), e);
        }
    }

    /** Lets a late graph join before the host sets what it sends. */
    void ensureJoined(Steps steps) {
        join(graphs.indexOf(steps) + 1);
    }

    private void join(int count) {
        if (count <= joined) {
            return;
        }
        idle.run();
        for (int i = joined < openers ? 0 : openers; i < count; i++) {
            try {
                run(i);
            } catch (RuntimeException | Error e) {
                throw refused(graphs.get(i), e);
            }
        }
        joined = count;
    }

    /** What stops a graph may be a kernel of before, which a driver does not take: the next opening compiles them all. */
    private static RuntimeException refused(Steps steps, Throwable reason) {
        RuntimeException failure = TornadoFailure.of("graph " + steps.name(), reason);
        if (failure instanceof EngineException known && known.code() == ErrorCode.DEVICE_UNAVAILABLE) {
            steps.kernels().forget();
        }
        return failure;
    }

    /** Runs a graph that joins; the first time it is compiled. */
    private void run(int index) {
        TornadoExecutionPlan graph = plan.withGraph(index);
        KernelGraph kernels = graphs.get(index).kernels();
        if (index >= joined && kernels.hasNew()) {
            kernels.keep(PrintedKernels.of(plan, () -> tools.opening().run(graph)));
        } else {
            tools.opening().run(graph);
        }
    }

    /** How many of its kernels TornadoVM has to compile: those that it did not compile before. */
    int newKernels() {
        return graphs.stream().mapToInt(steps -> steps.kernels().countNew()).sum();
    }

    /** In words, where its kernels come from. A check of some says nothing of others. */
    String origin() {
        int all = graphs.stream().mapToInt(Steps::count).sum();
        int compiled = newKernels();
        return compiled == 0 ? "kernels of before" : compiled == all ? "kernels compiled" : "some kernels of before";
    }

    /** Gives the device's memory back. */
    @Override
    public void close() {
        if (plan == null) {
            return;
        }
        TornadoExecutionPlan closed = plan;
        plan = null; // whatever comes of it: a second attempt would stumble over the same array
        closed.withAllGraphs().freeDeviceMemory();
    }
}
