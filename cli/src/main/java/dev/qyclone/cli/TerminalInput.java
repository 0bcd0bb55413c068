package dev.qyclone.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.reader.impl.completer.StringsCompleter;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** A person at a terminal: line editing and history by JLine. Ctrl-C stops the answer or empties the line, Ctrl-D ends the chat. */
final class TerminalInput implements ChatInput {
    private final Terminal terminal;
    private final LineReader reader;
    private volatile boolean enough;

    /** @param history file that keeps the lines of earlier chats */
    TerminalInput(Path history, List<String> commands) {
        try {
            terminal = TerminalBuilder.builder().name("qyclone").system(true).dumb(true).graphemeCluster(false).build();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        terminal.handle(Terminal.Signal.INT, signal -> enough = true);
        // What people write is no shell: quotes, backslashes and exclamation marks mean themselves.
        DefaultParser plain = new DefaultParser();
        plain.setQuoteChars(new char[0]);
        plain.setEscapeChars(new char[0]);
        reader = LineReaderBuilder.builder().terminal(terminal).parser(plain).completer(new StringsCompleter(commands))
                .variable(LineReader.HISTORY_FILE, history).option(LineReader.Option.DISABLE_EVENT_EXPANSION, true).build();
    }

    @Override
    public String read() {
        while (true) {
            try {
                return reader.readLine("> ");
            } catch (UserInterruptException e) {
                terminal.writer().println("(Ctrl-D or /quit ends the chat)");
            } catch (EndOfFileException e) {
                return null;
            }
        }
    }

    @Override
    public BooleanSupplier answerBegins() {
        enough = false;
        return () -> enough;
    }

    @Override
    public void close() {
        try {
            terminal.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
