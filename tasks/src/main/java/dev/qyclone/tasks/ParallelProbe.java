package dev.qyclone.tasks;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.tasks.kernels.ProbeKernels;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Whether a parallel loop runs once. If TornadoVM does not see a loop's annotation, every item runs all of it: results are right
 * where writing twice does no harm and wrong where an item adds to what it reads, and nothing else tells.
 */
final class ParallelProbe {
    private static final int ITEMS = 128;
    /** What kernels for FPGAs must have. */
    private static final int GROUP = 64;

    private ParallelProbe() {
    }

    /**
     * Runs the probe on a device.
     *
     * @throws EngineException DEVICE_UNAVAILABLE if the device does not do as the kernel says
     */
    static void require(Device device, TornadoDevice tornado, KernelStore store) {
        IntArray counts = new IntArray(ITEMS);
        counts.init(0);
        run(tornado, store, counts, (graph, task) -> graph.task(task, ProbeKernels::count, counts, ITEMS));
        judge(device, counts.toHeapArray());
    }

    /** Runs a kernel over the counts, which go to the device and come back. */
    static void run(TornadoDevice tornado, KernelStore store, IntArray counts, Steps.Kernel kernel) {
        try (GraphChain chain = new GraphChain(WorkGroups.upTo(GROUP), GraphTools.plain().with(store))) {
            Steps steps = chain.next("probe");
            steps.own(counts);
            steps.overItems("count", counts.getSize(), kernel);
            steps.fetch(counts);
            chain.open(tornado, () -> { });
        }
    }

    /** @param counts of a run that began with zeros */
    static void judge(Device device, int[] counts) {
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] != 1) {
                throw new EngineException(ErrorCode.DEVICE_UNAVAILABLE,
                        "device " + device.id() + " does not run parallel loops as they are written")
                        .expected("1 after one step of a probe kernel").got(counts[i] + " at item " + i)
                        .remedy("start with ./qyclone, or compare your own JVM flags with docs/tornado.md");
            }
        }
    }
}
