package dev.qyclone.tasks;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.DeviceKind;
import dev.qyclone.engine.stage.DeviceRates;
import dev.qyclone.tasks.kernels.PanelProducts;
import dev.qyclone.tasks.kernels.RateKernels;
import java.util.Collection;
import java.util.Optional;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** Finds out how fast a device reads and multiplies, by the driver's own clock: what a launch costs does not count. */
final class RateProbe {
    /** Items of each kernel: enough to fill a GPU. */
    private static final int ITEMS = 1 << 16;
    /** Most that is read in a pass: far outside the caches of CPUs and of most GPUs. */
    private static final long MOST_BYTES = 256L << 20;
    private static final int STEPS = 2048;
    private static final int GROUP = 64;
    /** The best of a few passes is the limit: what disturbs a pass only makes it slower. */
    private static final int PASSES = 6;
    private static final int WIDE_STEPS = STEPS / 16;

    private RateProbe() {
    }

    /**
     * Measures a device.
     *
     * @return empty for simulators, which would take minutes to say nothing
     * @throws EngineException DEVICE_WRONG if the probe's results are not what they must be
     */
    static Optional<DeviceRates> run(Device device, TornadoDevice tornado) {
        if (device.kind() == DeviceKind.SIMULATOR) {
            return Optional.empty();
        }
        long most = Math.min(MOST_BYTES, device.memoryBytes() / 8);
        long limit = device.facts().largestBufferBytes();
        int each = (int) (Math.min(most, limit == 0 ? most : limit / 2) / Float.BYTES / ITEMS) / 4 * 4;
        FloatArray data = new FloatArray(ITEMS * each);
        data.init(1f);
        FloatArray results = new FloatArray(ITEMS);
        results.init(0f);
        int group = Math.min(GROUP, device.facts().workGroupLimit());
        double bytes = (double) ITEMS * each * Float.BYTES;
        double across = best(tornado, group, data, results, bytes, (graph, task) ->
                graph.task(task, RateKernels::sumAcross, data, results, ITEMS, each));
        requireAll(device, results, each);
        results.init(0f);
        double along = best(tornado, group, data, results, bytes, (graph, task) ->
                graph.task(task, RateKernels::sumAlong, data, results, ITEMS, each));
        requireAll(device, results, each);
        FloatArray none = new FloatArray(1);
        double single = best(tornado, group, none, results, (double) RateKernels.OPERATIONS * STEPS * ITEMS, (graph, task) ->
                graph.task(task, RateKernels::multiplyAdd, results, ITEMS, STEPS));
        requireAll(device, results, RateKernels.CONVERGED);
        FloatArray lanes = new FloatArray(ITEMS * PanelProducts.LANES);
        lanes.init(0f);
        double wide = best(tornado, group, none, lanes,
                (double) RateKernels.OPERATIONS * PanelProducts.LANES * WIDE_STEPS * ITEMS, (graph, task) ->
                graph.task(task, RateKernels::multiplyAddLanes, lanes, ITEMS, WIDE_STEPS));
        requireAll(device, lanes, RateKernels.CONVERGED);
        return Optional.of(new DeviceRates(Math.max(across, along), Math.max(single, wide), Math.round(bytes / (1 << 20)) + " MiB read "
                + (across > along ? "by neighbouring items" : "by each item in a run") + "; chains of multiply-adds in registers, "
                + (single > wide ? "value by value" : "in vectors of sixteen") + " (the faster of two ways each); the driver's clock,"
                + " best of " + PASSES + " passes"));
    }

    /** Work per second of a kernel, in a graph of its own. */
    private static double best(
            TornadoDevice tornado, int group, FloatArray data, FloatArray results, double work, Steps.Kernel kernel) {
        try (GraphChain chain = new GraphChain(group)) {
            Steps steps = chain.next("rate").own(data, results);
            steps.overItems("rate", ITEMS, kernel).fetch(results);
            chain.open(tornado, () -> { });
            long best = Long.MAX_VALUE;
            for (int i = 0; i < PASSES; i++) {
                best = Math.min(best, Math.max(1, sum(chain.times(steps).values())));
            }
            return work * 1e9 / best;
        }
    }

    private static long sum(Collection<Long> nanos) {
        return nanos.stream().mapToLong(Long::longValue).sum();
    }

    private static void requireAll(Device device, FloatArray results, float expected) {
        for (int i = 0; i < results.getSize(); i++) {
            if (results.get(i) != expected) {
                throw new EngineException(ErrorCode.DEVICE_WRONG, device.id() + " computes a probe kernel wrongly").expected(expected)
                        .got(results.get(i) + " at item " + i);
            }
        }
    }
}
