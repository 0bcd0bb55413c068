package dev.qyclone.engine.stage;

/**
 * What a backend's graphs took when they were first run, in nanoseconds, all stages together since the backend was made.
 *
 * @param compileNanos compilation of kernels: by the runtime, then by the driver, which may do some of it when it first launches one
 * @param uploadNanos transfers to devices, by the driver's clock
 */
public record OpeningTimes(long compileNanos, long uploadNanos) {
    /** Of two backends. */
    public OpeningTimes plus(OpeningTimes other) {
        return new OpeningTimes(compileNanos + other.compileNanos, uploadNanos + other.uploadNanos);
    }

    /** What came after {@code earlier}. */
    public OpeningTimes since(OpeningTimes earlier) {
        return new OpeningTimes(compileNanos - earlier.compileNanos, uploadNanos - earlier.uploadNanos);
    }
}
