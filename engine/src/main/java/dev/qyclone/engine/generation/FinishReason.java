package dev.qyclone.engine.generation;

/** Why an answer ended. */
public enum FinishReason {
    /** The model chose an end token. */
    END_TOKEN("end"),
    /** A stop string appeared in the text. */
    STOP_STRING("stop"),
    /** The number of tokens asked for is reached, or the context is full. */
    LENGTH("length"),
    /** The caller cancelled. */
    CANCELLED("cancelled");

    private final String label;

    FinishReason(String label) {
        this.label = label;
    }

    /** One lower-case word, for people and for JSON. */
    public String label() {
        return label;
    }
}
