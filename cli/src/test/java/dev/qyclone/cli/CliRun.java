package dev.qyclone.cli;

import java.io.BufferedReader;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;

/**
 * One run of the program in this JVM, as if piped where nothing else is said.
 *
 * @param code exit code
 * @param out what went to stdout
 * @param err what went to stderr
 */
record CliRun(int code, String out, String err) {
    static CliRun of(String... args) {
        return withInput("", args);
    }

    static CliRun withInput(String input, String... args) {
        return run(input, false, args);
    }

    /** As if stdout and stderr were a terminal. */
    static CliRun watched(String... args) {
        return run("", true, args);
    }

    private static CliRun run(String input, boolean watched, String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Streams streams = new Streams(
                new BufferedReader(new StringReader(input)), new PrintWriter(out), new PrintWriter(err), false, watched, watched);
        int code = new CommandLineProgram(streams).run(args);
        return new CliRun(code, out.toString(), err.toString());
    }
}
