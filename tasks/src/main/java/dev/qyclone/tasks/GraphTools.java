package dev.qyclone.tasks;

/**
 * What a chain of graphs is made with, and whom it tells of its time.
 *
 * @param opening of graphs that join
 * @param launches of graphs that have joined
 * @param kernels that were compiled before
 */
record GraphTools(OpeningClock opening, LaunchClock launches, KernelStore kernels) {
    GraphTools(OpeningClock opening, LaunchClock launches) {
        this(opening, launches, KernelStore.NONE);
    }

    /** Compiles every kernel, and tells nobody. */
    static GraphTools plain() {
        return new GraphTools(new OpeningClock(false), new LaunchClock());
    }

    GraphTools with(KernelStore store) {
        return new GraphTools(opening, launches, store);
    }
}
