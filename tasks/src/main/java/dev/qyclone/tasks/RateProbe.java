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
    /** A way that is so many times slower is not the limit, even if its pass was disturbed. */
    private static final double FAR = 4;

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
        int group = Math.min(GROUP, device.facts().workGroupLimit());
        Best read = read(device, tornado, group, each);
        Best multiplied = multiply(device, tornado, group);
        return Optional.of(new DeviceRates(read.perSecond, multiplied.perSecond, Math.round((double) ITEMS * each * Float.BYTES / (1 << 20))
                + " MiB read " + (read.first ? "by neighbouring items" : "by each item in a run")
                + "; chains of multiply-adds in registers, " + (multiplied.first ? "value by value" : "in vectors of sixteen")
                + " (the faster of two ways each); the driver's clock, best of " + PASSES + " passes"));
    }

    /** The faster of two ways. */
    private record Best(boolean first, double perSecond) {
    }

    private static Best read(Device device, TornadoDevice tornado, int group, int each) {
        FloatArray data = new FloatArray(ITEMS * each);
        data.init(1f);
        FloatArray across = zeros(ITEMS);
        FloatArray along = zeros(ITEMS);
        try (GraphChain chain = new GraphChain(group)) {
            Steps first = chain.next("across").own(data, across);
            first.overItems("rate", ITEMS, (graph, task) -> graph.task(task, RateKernels::sumAcross, data, across, ITEMS, each));
            first.fetch(across);
            Steps second = chain.next("along").own(along);
            second.overItems("rate", ITEMS, (graph, task) -> graph.task(task, RateKernels::sumAlong, data, along, ITEMS, each));
            second.fetch(along);
            chain.open(tornado, () -> { });
            double work = (double) ITEMS * each * Float.BYTES;
            Best best = best(chain, first, work, second, work);
            requireAll(device, across, each);
            requireAll(device, along, each);
            return best;
        }
    }

    private static Best multiply(Device device, TornadoDevice tornado, int group) {
        FloatArray single = zeros(ITEMS);
        FloatArray wide = zeros(ITEMS * PanelProducts.LANES);
        try (GraphChain chain = new GraphChain(group)) {
            Steps first = chain.next("single").own(single);
            first.overItems("rate", ITEMS, (graph, task) -> graph.task(task, RateKernels::multiplyAdd, single, ITEMS, STEPS));
            first.fetch(single);
            Steps second = chain.next("wide").own(wide);
            second.overItems("rate", ITEMS, (graph, task) -> graph.task(task, RateKernels::multiplyAddLanes, wide, ITEMS, WIDE_STEPS));
            second.fetch(wide);
            chain.open(tornado, () -> { });
            Best best = best(chain, first, (double) RateKernels.OPERATIONS * STEPS * ITEMS, second,
                    (double) RateKernels.OPERATIONS * PanelProducts.LANES * WIDE_STEPS * ITEMS);
            requireAll(device, single, RateKernels.CONVERGED);
            requireAll(device, wide, RateKernels.CONVERGED);
            return best;
        }
    }

    private static FloatArray zeros(int count) {
        FloatArray zeros = new FloatArray(count);
        zeros.init(0f);
        return zeros;
    }

    /** Both ways ran once when the chain was opened; the one that is slower by far in its next pass gets no more. */
    private static Best best(GraphChain chain, Steps first, double firstWork, Steps second, double secondWork) {
        double one = rate(chain, first, firstWork);
        double other = rate(chain, second, secondWork);
        for (int pass = 1; pass < PASSES; pass++) {
            if (one * FAR > other) {
                one = Math.max(one, rate(chain, first, firstWork));
            }
            if (other * FAR > one) {
                other = Math.max(other, rate(chain, second, secondWork));
            }
        }
        return new Best(one > other, Math.max(one, other));
    }

    /** Work per second of one pass. */
    private static double rate(GraphChain chain, Steps way, double work) {
        return work * 1e9 / Math.max(1, sum(chain.times(way).values()));
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
