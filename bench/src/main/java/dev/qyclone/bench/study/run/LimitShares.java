package dev.qyclone.bench.study.run;

import dev.qyclone.bench.study.DeviceLimits;
import dev.qyclone.bench.study.Roofline;
import dev.qyclone.bench.study.Speed;
import dev.qyclone.bench.study.run.CellWorker.Share;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/** Holds a cell to the limits of its devices: the time that each would need for its share, one after the other, over the time it took. */
final class LimitShares {
    private LimitShares() {
    }

    static Roofline roofline(List<Share> shares, Speed prefill, Speed decode, List<DeviceLimits> limits) {
        double decodeSeconds = 1 / decode.meanPerSecond();
        double prefillSeconds = prefill.tokens() / prefill.meanPerSecond();
        OptionalDouble reading = least(shares, Share::decodeBytes, limits, limit -> limit.readGigabytesPerSecond() * 1e9);
        OptionalDouble computing = least(shares, Share::prefillFlops, limits, limit -> limit.gigaflopsPerSecond() * 1e9);
        return new Roofline(sum(shares, Share::decodeBytes), sum(shares, Share::decodeFlops), sum(shares, Share::prefillBytes),
                sum(shares, Share::prefillFlops), percent(reading, decodeSeconds), percent(computing, prefillSeconds));
    }

    private static Double percent(OptionalDouble least, double taken) {
        return least.isEmpty() ? null : 100 * least.getAsDouble() / taken;
    }

    /** Seconds that the devices need at least; empty where one of them has no known limit. */
    private static OptionalDouble least(
            List<Share> shares, ToLongFunction<Share> work, List<DeviceLimits> limits, ToDoubleFunction<DeviceLimits> rate) {
        double seconds = 0;
        for (Share share : shares) {
            OptionalDouble best = best(share.device(), limits, rate);
            if (best.isEmpty()) {
                return best;
            }
            seconds += work.applyAsLong(share) / best.getAsDouble();
        }
        return OptionalDouble.of(seconds);
    }

    /** The best that was measured of a device: of the host in any width, since a narrow vector is a choice and no limit of the machine. */
    private static OptionalDouble best(String device, List<DeviceLimits> limits, ToDoubleFunction<DeviceLimits> rate) {
        String measured = CellWork.limitsOf(device);
        return limits.stream().filter(limit -> limit.device().equals(measured)).mapToDouble(rate).max();
    }

    private static long sum(List<Share> shares, ToLongFunction<Share> work) {
        return shares.stream().mapToLong(work).sum();
    }
}
