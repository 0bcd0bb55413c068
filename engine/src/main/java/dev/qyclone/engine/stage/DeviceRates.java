package dev.qyclone.engine.stage;

/**
 * What a device can do at most, as kernels found that do nothing else.
 *
 * @param readBytesPerSecond memory that is read once, far larger than caches
 * @param flops float32 multiply-adds per second, two operations each
 * @param method how that was found, in words
 */
public record DeviceRates(double readBytesPerSecond, double flops, String method) {
    public DeviceRates {
        if (!(readBytesPerSecond > 0) || !(flops > 0)) {
            throw new IllegalArgumentException("no rates: " + readBytesPerSecond + " B/s, " + flops + " FLOP/s");
        }
    }
}
