package dev.qyclone.engine.stage;

/**
 * What a backend's stages have launched on its devices since it was made; what is launched while a stage is opened does not count.
 *
 * @param kernels launches of kernels
 * @param kernelNanos what kernels took on their devices, by the driver's clock, as long as that was asked for
 */
public record Launches(long kernels, long kernelNanos) {
    /** Of two backends. */
    public Launches plus(Launches other) {
        return new Launches(kernels + other.kernels, kernelNanos + other.kernelNanos);
    }

    /** What came after {@code earlier}. */
    public Launches since(Launches earlier) {
        return new Launches(kernels - earlier.kernels, kernelNanos - earlier.kernelNanos);
    }
}
