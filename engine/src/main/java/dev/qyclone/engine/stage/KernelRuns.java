package dev.qyclone.engine.stage;

/** Found through {@link java.util.ServiceLoader}: a backend whose kernels can be measured one by one. */
public interface KernelRuns {
    Availability availability();

    /**
     * Sets a case up.
     *
     * @param device id of one of the backend's devices, or empty for its first
     * @throws dev.qyclone.engine.error.EngineException DEVICE_UNAVAILABLE if the device is not there or cannot run it, UNSUPPORTED if its
     *     kernels have no such step for the case's shape and tokens
     */
    KernelRun open(String device, KernelCase which);
}
