package dev.qyclone.engine.stage;

/**
 * How one layer's attention sees positions, as data: computed once on the host and handed to every backend, so that all
 * devices share the same numbers bit for bit. Kernels read it and never compute it. A query sees all earlier positions and its own.
 *
 * @param rope angles that turn queries and keys
 */
public record AttentionPolicy(RopeTable rope) {
    /** In words, for the plan and {@code inspect}. */
    public String words() {
        return "full attention, " + rope.words();
    }
}
