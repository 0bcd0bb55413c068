package dev.qyclone.bench.tokens;

/**
 * Where the time to the first token goes on a target that has computed nothing yet.
 *
 * @param loadNanos reading the file's head, mapping its weights
 * @param planNanos finding devices, placing layers
 * @param openNanos opening the stages
 * @param promptIds ids of the first prompt
 * @param prefillNanos computing them: weights come from the disk where the system has them in no cache, and code is cold
 * @param nextNanos the first single token after that
 */
public record FirstRun(long loadNanos, long planNanos, long openNanos, int promptIds, long prefillNanos, long nextNanos) {
    /** Until the first id is known. */
    public long firstTokenNanos() {
        return loadNanos + planNanos + openNanos + prefillNanos;
    }
}
