package dev.qyclone.cli;

/** The reader of stdout has gone, as in {@code qyclone run … | head}: the run ends quietly. */
final class OutputClosed extends RuntimeException {
    OutputClosed() {
        super("stdout is closed", null, false, false);
    }
}
