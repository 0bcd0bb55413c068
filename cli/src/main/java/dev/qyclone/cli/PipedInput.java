package dev.qyclone.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.BooleanSupplier;

/** Lines from a pipe or a file: a script holds the conversation. */
final class PipedInput implements ChatInput {
    private final Streams streams;

    PipedInput(Streams streams) {
        this.streams = streams;
    }

    @Override
    public String read() {
        try {
            return streams.in().readLine();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public BooleanSupplier answerBegins() {
        return () -> false;
    }

    @Override
    public void close() {
        // stdin is the process's
    }
}
