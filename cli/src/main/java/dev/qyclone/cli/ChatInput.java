package dev.qyclone.cli;

import java.util.function.BooleanSupplier;

/** Where the lines of a conversation come from, and the word to stop an answer. */
sealed interface ChatInput extends AutoCloseable permits TerminalInput, PipedInput {
    /** The next line, or null when there are no more. */
    String read();

    /** To be asked during the answer that begins now: whether the person has had enough of it. */
    BooleanSupplier answerBegins();

    @Override
    void close();
}
