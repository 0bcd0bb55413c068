package dev.qyclone.bench.tokens;

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
}
