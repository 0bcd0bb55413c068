package dev.qyclone.bench;

/** The parameter that all benchmarks share. */
final class Threads {
    private Threads() {
    }

    /** @param asked 0 for one per core */
    static int of(int asked) {
        return asked == 0 ? Runtime.getRuntime().availableProcessors() : asked;
    }
}
