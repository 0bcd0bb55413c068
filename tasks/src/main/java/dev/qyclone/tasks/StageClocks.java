package dev.qyclone.tasks;

/**
 * What the stages of a backend tell of their time.
 *
 * @param opening of graphs that join
 * @param launches of graphs that have joined
 */
record StageClocks(OpeningClock opening, LaunchClock launches) {
    /** For stages that nobody asks. */
    static StageClocks unasked() {
        return new StageClocks(new OpeningClock(false), new LaunchClock());
    }
}
