package dev.qyclone.engine.tokens;

/** Turns ids into text as they come: a character split over tokens is held back until it is whole. One per answer. */
public final class TextStream {
    public TextStream(Tokenizer tokenizer) {
    }

    /** The text that {@code id} completes; empty while a character is unfinished, and for control tokens. */
    public String add(int id) {
        throw new UnsupportedOperationException("contract only");
    }

    /** What was held back, malformed bytes replaced. */
    public String finish() {
        throw new UnsupportedOperationException("contract only");
    }
}
