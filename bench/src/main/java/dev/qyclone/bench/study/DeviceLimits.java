package dev.qyclone.bench.study;

/**
 * What a device can do at most, as the study's own micro-benchmarks found it.
 *
 * @param device its id
 * @param vectorBits of the host's vectors in the JVM that measured; 0 for other devices
 * @param readGigabytesPerSecond memory that is read once, far larger than caches
 * @param gigaflopsPerSecond float32 multiply-adds, two operations each
 * @param method how that was found, in words
 */
public record DeviceLimits(
        String device, int vectorBits, double readGigabytesPerSecond, double gigaflopsPerSecond, String method) {
    public DeviceLimits {
        if (!(readGigabytesPerSecond > 0) || !(gigaflopsPerSecond > 0)) {
            throw new IllegalArgumentException("no limits of " + device + ": " + readGigabytesPerSecond + ", " + gigaflopsPerSecond);
        }
    }
}
