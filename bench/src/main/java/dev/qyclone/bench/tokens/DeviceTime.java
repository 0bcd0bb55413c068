package dev.qyclone.bench.tokens;

import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.stage.Backend;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.Launches;
import dev.qyclone.engine.stage.Placement;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a token costs beside its kernels, where devices launch any; NaN is what is not known.
 *
 * @param launches of kernels per token
 * @param kernelNanos what they took per token, by the drivers' clocks
 * @param hostNanos the rest of a token's time: launching, waiting, transfers, and all that the host computes; NaN where layers or the
 *     output run on the host
 */
public record DeviceTime(double launches, double kernelNanos, double hostNanos) {
    /** Of a model on the host. */
    public static final DeviceTime NONE = new DeviceTime(Double.NaN, Double.NaN, Double.NaN);

    /** The rest of the time for each launch; NaN where it is not known. */
    public double hostNanosPerLaunch() {
        return hostNanos / launches;
    }

    /** The mean of some; those that nothing is known of stay out. */
    static DeviceTime mean(List<DeviceTime> times) {
        if (times.isEmpty()) {
            return NONE;
        }
        return new DeviceTime(times.stream().mapToDouble(DeviceTime::launches).average().orElseThrow(),
                times.stream().mapToDouble(DeviceTime::kernelNanos).average().orElseThrow(),
                times.stream().mapToDouble(DeviceTime::hostNanos).average().orElseThrow());
    }

    /** True if some part of the model is launched as kernels. */
    static boolean of(Engine engine) {
        return devices(engine.placement()).anyMatch(device -> launches(engine, device));
    }

    /**
     * Runs something with its kernels timed.
     *
     * @param tokens that it computes
     * @param nanos of a token when nothing else is measured
     */
    static DeviceTime of(Engine engine, Runnable run, long tokens, double nanos) {
        Launches before = sum(engine);
        engine.backends().all().forEach(backend -> backend.timeKernels(true));
        try {
            run.run();
        } finally {
            engine.backends().all().forEach(backend -> backend.timeKernels(false));
        }
        Launches took = sum(engine).since(before);
        boolean all = devices(engine.placement()).allMatch(device -> launches(engine, device));
        double kernels = took.kernelNanos() / (double) tokens;
        return new DeviceTime(took.kernels() / (double) tokens, kernels, all ? nanos - kernels : Double.NaN);
    }

    private static Stream<Device> devices(Placement placement) {
        return Stream.concat(placement.runs().stream().map(Placement.Run::device), Stream.of(placement.output()));
    }

    private static boolean launches(Engine engine, Device device) {
        return engine.backends().of(device).launches().isPresent();
    }

    private static Launches sum(Engine engine) {
        return engine.backends().all().stream().map(Backend::launches).flatMap(some -> some.stream())
                .reduce(new Launches(0, 0), Launches::plus);
    }
}
