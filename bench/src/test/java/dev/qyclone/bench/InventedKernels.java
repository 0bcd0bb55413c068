package dev.qyclone.bench;

import dev.qyclone.engine.stage.Availability;
import dev.qyclone.engine.stage.KernelCase;
import dev.qyclone.engine.stage.KernelRun;
import dev.qyclone.engine.stage.KernelRuns;

/** Kernels that do nothing, 2 GB and 3 GFLOP of it in 4 launches and less than no time, at some distance from the reference. */
record InventedKernels(Availability availability, double error) implements KernelRuns {
    /** So that what a run takes beside them is known, however long it takes. */
    static final long KERNEL_NANOS = -4_000_000_000L;

    @Override
    public KernelRun open(String device, KernelCase which) {
        return new Nothing(error);
    }

    private record Nothing(double error) implements KernelRun {
        @Override
        public void run() {
        }

        @Override
        public double tolerance() {
            return 1e-5;
        }

        @Override
        public long bytes() {
            return 2_000_000_000;
        }

        @Override
        public double operations() {
            return 3e9;
        }

        @Override
        public int launches() {
            return 4;
        }

        @Override
        public long kernelNanos() {
            return KERNEL_NANOS;
        }

        @Override
        public void close() {
        }
    }
}
