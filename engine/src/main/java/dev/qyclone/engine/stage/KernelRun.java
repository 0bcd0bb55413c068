package dev.qyclone.engine.stage;

/** A {@link KernelCase} on a device, compiled, with its arrays there. */
public interface KernelRun extends AutoCloseable {
    /** Runs it once and waits until it is done. */
    void run();

    /** Relative L2 distance of what a run gives from the reference ops; {@link Double#NaN} if it is no number. */
    double error();

    /** The distance up to which it counts as right. */
    double tolerance();

    /** Bytes of weights, keys, values or activations that a run must read or write, as they are stored. */
    long bytes();

    /** Multiplications and additions of a run. */
    double operations();

    /** Kernels that a run launches. */
    int launches();

    /** Runs it once and tells what its kernels took on the device, in nanoseconds by the driver's clock. */
    long kernelNanos();

    @Override
    void close();
}
