package dev.qyclone.engine.generation;

/**
 * Hears of an answer while it grows, on the thread that generates: first {@link #prefill} as the prompt is computed, then for
 * every token {@link #token} and, where it completes some, {@link #text}. What a listener throws ends the generation.
 */
public interface GenerationListener {
    /** Hears nothing. */
    GenerationListener NONE = new GenerationListener() { };

    /** {@code done} of the {@code total} prompt tokens that must be computed are. */
    default void prefill(int done, int total) {
    }

    /** A token was chosen, an end token included. */
    default void token(int id) {
    }

    /** The answer's next piece of text, never empty: whole characters, none of which belongs to a stop string. */
    default void text(String piece) {
    }
}
