package dev.qyclone.engine.stage;

/**
 * How one layer's attention sees positions, as data: computed once on the host and handed to every backend, so that all
 * devices share the same numbers bit for bit. Kernels read it and never compute it.
 *
 * @param rope angles that turn queries and keys
 * @param queryScale what turned queries are multiplied with
 * @param window how many positions a query sees, its own included; 0 for all up to its own
 */
public record AttentionPolicy(RopeTable rope, QueryScale queryScale, int window) {
    /** Full attention. */
    public static AttentionPolicy full(RopeTable rope) {
        return new AttentionPolicy(rope, QueryScale.none(), 0);
    }

    /** The first position that the query at {@code position} sees. */
    public int firstVisible(int position) {
        return window == 0 ? 0 : Math.max(0, position - window + 1);
    }

    /** In words, for the plan and {@code inspect}. */
    public String words() {
        String sight = window == 0 ? "full attention" : "a window of " + window;
        return sight + ", " + rope.words() + (queryScale.isNone() ? "" : ", " + queryScale.words());
    }
}
