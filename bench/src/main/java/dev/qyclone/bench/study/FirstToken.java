package dev.qyclone.bench.study;

/**
 * Where the time goes from the start of a fresh JVM to the first token, in nanoseconds. The parts that follow each other are
 * {@code start, load, plan, open} and {@code prefill}; their sum is {@code total}.
 *
 * @param startNanos the JVM's own start, until the first line of our code; 0 where the cell ran in the JVM of the study
 * @param loadNanos reading the file's head, mapping the weights
 * @param planNanos finding the devices, placing the layers
 * @param openNanos opening the stages: on devices packing, compilation, upload and the check of the kernels
 * @param compileNanos the share of {@code open} in which the stages' kernels were compiled; null where the backend cannot tell
 * @param uploadNanos the share of {@code open} in which weights went to the device; null where the backend cannot tell
 * @param prefillNanos the first prompt, with nothing warm
 * @param prefillCompileNanos the share of {@code prefill} in which kernels for single tokens were compiled; null as above
 * @param promptIds its ids
 * @param secondNanos the next token by itself, not part of the total
 * @param secondCompileNanos the share of {@code second} in which kernels were compiled; null as above
 * @param jvmCompileNanos what the JVM's own compiler threads worked until the first token, beside the rest and not part of the total
 */
public record FirstToken(
        long startNanos, long loadNanos, long planNanos, long openNanos, Long compileNanos, Long uploadNanos, long prefillNanos,
        Long prefillCompileNanos, int promptIds, long secondNanos, Long secondCompileNanos, long jvmCompileNanos, long totalNanos) {
    public FirstToken {
        if (totalNanos != startNanos + loadNanos + planNanos + openNanos + prefillNanos) {
            throw new IllegalArgumentException("the parts are not the total, " + totalNanos);
        }
    }
}
