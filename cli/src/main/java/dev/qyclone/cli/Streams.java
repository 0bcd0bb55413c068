package dev.qyclone.cli;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;

/**
 * Where a command reads and writes, in UTF-8 whatever the locale: results go to {@code out}, all else to {@code err}.
 *
 * @param inTerminal whether a person types the input
 * @param outTerminal whether a person reads the results as they come
 * @param errTerminal whether a person reads the status, so that a progress bar makes sense
 */
record Streams(BufferedReader in, PrintWriter out, PrintWriter err, boolean inTerminal, boolean outTerminal, boolean errTerminal) {
    /** The launcher's word on which descriptors are terminals, such as {@code 012}; Java itself can only tell about 0 and 1 together. */
    private static final String TERMINALS = "QYCLONE_TERMINALS";

    static Streams ofProcess() {
        String told = System.getenv(TERMINALS);
        String terminals = told != null ? told : System.console() != null && System.console().isTerminal() ? "012" : "";
        return new Streams(
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)),
                writer(FileDescriptor.out), writer(FileDescriptor.err),
                terminals.contains("0"), terminals.contains("1"), terminals.contains("2"));
    }

    private static PrintWriter writer(FileDescriptor descriptor) {
        return new PrintWriter(new OutputStreamWriter(new FileOutputStream(descriptor), StandardCharsets.UTF_8));
    }

    /** Writes a piece of the result at once. */
    void print(String text) {
        out.print(text);
        flush();
    }

    void println(String text) {
        out.print(text);
        out.print('\n');
        flush();
    }

    /** A line that is not part of the result. */
    void status(String line) {
        out.flush();
        err.print(line);
        err.print('\n');
        err.flush();
    }

    /** Part of a line of results that a person should see and a pipe should not. */
    void beside(String text) {
        out.flush();
        err.print(text);
        err.flush();
    }

    /** All input up to its end. */
    String readAll() {
        return in.lines().collect(Collectors.joining("\n"));
    }

    private void flush() {
        if (out.checkError()) {
            throw new OutputClosed();
        }
    }
}
