package dev.qyclone.engine.stage;

/**
 * What the user chose for all backends.
 *
 * @param threads host threads that compute, at least 1
 */
public record BackendOptions(int threads) {
    public BackendOptions {
        if (threads < 1) {
            throw new IllegalArgumentException("threads " + threads + " < 1");
        }
    }

    /** As many threads as the machine has processors. */
    public static BackendOptions defaults() {
        return new BackendOptions(Runtime.getRuntime().availableProcessors());
    }
}
