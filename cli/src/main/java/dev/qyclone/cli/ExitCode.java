package dev.qyclone.cli;

/** What the program tells the shell. */
final class ExitCode {
    static final int SUCCESS = 0;
    /** The run failed: a file, a model, a device. */
    static final int FAILED = 1;
    /** Wrong use: an option or a value that makes no sense. */
    static final int WRONG_USE = 2;
    /** {@code bench --compare}: slower than the earlier run by more than the noise. */
    static final int SLOWER = 3;

    private ExitCode() {
    }
}
