package dev.qyclone.bench.tokens;

import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.stage.Backend;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.Launches;
import dev.qyclone.engine.stage.Placement;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/**
 * Tells kernels from the rest of a run's time. A kernel whose time is taken is waited for, so that runs with and without alternate: a
 * machine that others use changes from second to second, and the rest is a small difference.
 */
public final class DeviceTimer {
    private final Engine engine;
    private final List<Double> nanos = new CopyOnWriteArrayList<>(); // read while it is filled, where a run is ended
    private final List<Double> kernelNanos = new CopyOnWriteArrayList<>();
    private volatile double launches = Double.NaN;

    public DeviceTimer(Engine engine) {
        this.engine = engine;
    }

    /** True if some part of the model is launched as kernels. */
    public boolean useful() {
        return devices(engine.placement()).anyMatch(this::launches);
    }

    /** Runs a test twice. */
    public void pair(CellRun run, long tokens) {
        run.prepare();
        double together = run.time() / (double) tokens;
        run.prepare();
        Launches before = sum();
        engine.backends().all().forEach(backend -> backend.timeKernels(true));
        try {
            run.time();
        } finally {
            engine.backends().all().forEach(backend -> backend.timeKernels(false));
        }
        Launches took = sum().since(before);
        launches = took.kernels() / (double) tokens;
        kernelNanos.add(took.kernelNanos() / (double) tokens);
        nanos.add(together);
    }

    /** By the medians of all pairs. */
    public DeviceTime time() {
        if (nanos.isEmpty()) {
            return DeviceTime.NONE;
        }
        boolean all = devices(engine.placement()).allMatch(this::launches);
        double kernels = Samples.median(kernelNanos);
        return new DeviceTime(launches, kernels, all ? Samples.median(nanos) - kernels : Double.NaN);
    }

    private static Stream<Device> devices(Placement placement) {
        return Stream.concat(placement.runs().stream().map(Placement.Run::device), Stream.of(placement.output()));
    }

    private boolean launches(Device device) {
        return engine.backends().of(device).launches().isPresent();
    }

    private Launches sum() {
        return engine.backends().all().stream().map(Backend::launches).flatMap(Optional::stream)
                .reduce(new Launches(0, 0), Launches::plus);
    }
}
