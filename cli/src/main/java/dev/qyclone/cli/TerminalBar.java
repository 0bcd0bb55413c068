package dev.qyclone.cli;

import java.io.PrintWriter;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A progress bar on stderr for long work; it vanishes when the work is done, and is never there without a terminal. */
final class TerminalBar implements AutoCloseable {
    /** Tokens of a prompt from which a bar is worth it. */
    static final int LONG_PROMPT = 256;

    private static final int WIDTH = 78;

    private final Streams streams;
    private ProgressBar bar; // null without a terminal, and after the end

    private TerminalBar(Streams streams, ProgressBar bar) {
        this.streams = streams;
        this.bar = bar;
    }

    /**
     * @param shown whether the work is long enough, and wanted, to be shown; without a terminal it is not
     * @param unit what is counted, such as {@code " tokens"}
     * @param unitSize how many of the counted make one unit
     * @param total how many there are
     */
    static TerminalBar start(Streams streams, boolean shown, String task, String unit, long unitSize, long total) {
        if (!shown || !streams.errTerminal()) {
            return new TerminalBar(streams, null);
        }
        PrintWriter err = streams.err();
        ProgressBar bar = new ProgressBarBuilder().setTaskName(task).setInitialMax(total).setUnit(unit, unitSize)
                .setUpdateIntervalMillis(100).setStyle(ProgressBarStyle.ASCII)
                .setConsumer(new DelegatingProgressBarConsumer(line -> overwrite(err, line), WIDTH)).build();
        return new TerminalBar(streams, bar);
    }

    private static void overwrite(PrintWriter err, String line) {
        err.print('\r' + line);
        err.flush();
    }

    void to(long done) {
        if (bar != null) {
            bar.stepTo(done);
        }
    }

    /** Where the total is known only when the work has begun. */
    void to(long done, long total) {
        if (bar != null) {
            bar.maxHint(total);
            bar.stepTo(done);
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
            overwrite(streams.err(), " ".repeat(WIDTH));
            overwrite(streams.err(), "");
            bar = null;
        }
    }
}
