package dev.qyclone.bench;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.model.PublishedShape;
import dev.qyclone.engine.stage.Availability;
import dev.qyclone.engine.stage.KernelCase;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.KernelRun;
import dev.qyclone.engine.stage.KernelRuns;
import dev.qyclone.engine.tensor.TensorType;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** A device's kernel beside the device's limits, which a copy and a multiplying kernel show in the same JVM. */
final class DeviceKernels implements AutoCloseable {
    /** The best of a few runs is the limit: what disturbs a run only makes it slower. */
    private static final int PASSES = 5;
    /** Runs with and as many without kernels' times being taken; in turn, since what is left beside kernels is a small difference. */
    private static final int PAIRS = 9;
    /** All of its rows are multiples of 256. */
    private static final String WHOLE_BLOCKS = PublishedShape.QWEN1_5_0_5B.names().getFirst();

    private final KernelRun measured;
    private final KernelRun copy;
    private final KernelRun multiply;
    private double copied;
    private double multiplied;
    private int launches;
    private long kernelNanos;
    private long hostNanos;

    private DeviceKernels(KernelRun measured, KernelRun copy, KernelRun multiply) {
        this.measured = measured;
        this.copy = copy;
        this.multiply = multiply;
    }

    /** Nothing is measured, and why. */
    static final class Skipped extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Skipped(String reason) {
            super("skipped: " + reason, null, false, false);
        }
    }

    /**
     * @param device its id, or empty for the first
     * @throws Skipped where no backend, family or shape has such kernels, or the shape no such weights, with what would help
     * @throws IllegalStateException if a kernel's numbers are not those of the reference ops
     */
    static DeviceKernels open(String device, KernelCase which) {
        return open(ServiceLoader.load(KernelRuns.class).findFirst(), device, which);
    }

    static DeviceKernels open(Optional<KernelRuns> found, String device, KernelCase which) {
        requireWholeBlocks(which);
        KernelRuns runs = found.orElseThrow(() -> new Skipped("module tasks was not built; docs/tornado.md says what to install"));
        if (runs.availability() instanceof Availability.Missing missing) {
            throw new Skipped(missing.reason() + "; " + missing.remedy());
        }
        return new DeviceKernels(right(runs, device, which), right(runs, device, limit(KernelCase.Kind.COPY, which)),
                right(runs, device, limit(KernelCase.Kind.MULTIPLY_ADD, which)));
    }

    /** Rows that hold no whole blocks would be stored in another type, and measured under this one's name. */
    private static void requireWholeBlocks(KernelCase which) {
        ModelConfig shape = which.shape();
        IntStream widths = switch (which.kind()) {
            case PRODUCT, PANELS, TOKENS_PRODUCT, LOGITS -> IntStream.of(shape.dim());
            case EXPERTS -> IntStream.of(shape.dim(), shape.mixture().expertDim());
            case LAYER -> IntStream.of(shape.dim(), shape.qDim(), shape.ffnDim());
            case COPY, MULTIPLY_ADD, NORM, ROPE, ATTENTION, SWIGLU, ROUTER, LARGEST -> IntStream.empty();
        };
        widths.filter(width -> width % which.type().blockSize() != 0).findFirst().ifPresent(width -> {
            throw new Skipped("rows of " + width + " weights hold no whole blocks of " + which.type() + " (" + which.type().blockSize()
                    + "); name a shape whose rows do, such as -p shape=" + WHOLE_BLOCKS);
        });
    }

    private static KernelCase limit(KernelCase.Kind kind, KernelCase which) {
        return new KernelCase(kind, which.shape(), TensorType.F32, KernelFamily.AUTO, 1);
    }

    private static KernelRun right(KernelRuns runs, String device, KernelCase which) {
        KernelRun run = opened(runs, device, which);
        try {
            double error = run.error();
            if (!(error <= run.tolerance())) {
                throw new IllegalStateException(
                        which + ": relative L2 " + error + " from the plain ops, expected at most " + run.tolerance());
            }
            return run;
        } catch (RuntimeException e) {
            run.close();
            throw e;
        }
    }

    private static KernelRun opened(KernelRuns runs, String device, KernelCase which) {
        try {
            return runs.open(device, which);
        } catch (EngineException e) {
            if (e.code() == ErrorCode.UNSUPPORTED) {
                throw new Skipped(e.getMessage());
            }
            throw e;
        }
    }

    static ModelConfig shape(String name) {
        return PublishedShape.ofName(name).orElseThrow(() -> new IllegalArgumentException("no shape " + name)).config();
    }

    /** To be called before each iteration: a machine that others use changes from second to second. */
    void measureLimits() {
        copied = copy.bytes() / best(copy);
        multiplied = multiply.operations() / best(multiply);
        launches = measured.launches();
        long[] runs = new long[PAIRS];
        long[] kernels = new long[PAIRS];
        for (int i = 0; i < PAIRS; i++) {
            runs[i] = time(measured);
            kernels[i] = measured.kernelNanos();
        }
        kernelNanos = median(kernels);
        hostNanos = median(runs) - kernelNanos;
    }

    private static long median(long[] nanos) {
        return LongStream.of(nanos).sorted().skip(nanos.length / 2).findFirst().orElseThrow();
    }

    private static double best(KernelRun run) {
        return LongStream.generate(() -> time(run)).limit(PASSES).min().orElseThrow();
    }

    private static long time(KernelRun run) {
        long start = System.nanoTime();
        run.run();
        return System.nanoTime() - start;
    }

    /** One run, launches and waiting included. */
    void run(DeviceRate rate) {
        double seconds = time(measured) / 1e9;
        rate.launches += launches * seconds;
        rate.kernelMicros += kernelNanos / 1e3 * seconds;
        rate.hostMicrosPerLaunch += hostNanos / 1e3 / launches * seconds;
        rate.gigabytesPerSecond += measured.bytes() / 1e9;
        rate.gigaflopsPerSecond += measured.operations() / 1e9;
        rate.percentOfCopy += measured.bytes() / 1e7 / copied;
        rate.percentOfMultiplyAdd += measured.operations() / 1e7 / multiplied;
    }

    @Override
    public void close() {
        measured.close();
        copy.close();
        multiply.close();
    }
}
