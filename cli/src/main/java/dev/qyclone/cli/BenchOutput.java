package dev.qyclone.cli;

import dev.qyclone.bench.tokens.BenchFormat;
import dev.qyclone.bench.tokens.BenchRow;
import dev.qyclone.bench.tokens.Machine;
import java.util.List;
import java.util.function.Supplier;

/** Prints a bench's rows once: all of them, or, where the program is being ended before, those that there are. */
final class BenchOutput implements AutoCloseable {
    private final Streams streams;
    private final BenchFormat format;
    private final Machine machine;
    private final Supplier<List<BenchRow>> rows;
    private final Thread ending = Thread.ofPlatform().unstarted(this::printAtTheEnd);
    private boolean printed;

    /** @param rows what is measured until now */
    BenchOutput(Streams streams, BenchFormat format, Machine machine, Supplier<List<BenchRow>> rows) {
        this.streams = streams;
        this.format = format;
        this.machine = machine;
        this.rows = rows;
        Runtime.getRuntime().addShutdownHook(ending);
    }

    /** @return false where the program is being ended and had the last word */
    synchronized boolean print(List<BenchRow> all) {
        if (printed) {
            return false;
        }
        printed = true;
        streams.print(format.write(all, machine));
        return true;
    }

    private synchronized void printAtTheEnd() {
        if (printed) {
            return;
        }
        printed = true;
        List<BenchRow> measured = rows.get();
        if (!measured.isEmpty()) {
            streams.print(format.write(measured, machine));
        }
        streams.status("\nqyclone: ended; " + (measured.isEmpty() ? "nothing was measured" : "what was measured is marked incomplete"));
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(ending);
        } catch (IllegalStateException e) {
            return; // the program is being ended, and the hook prints
        }
    }
}
