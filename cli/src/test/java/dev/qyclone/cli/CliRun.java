package dev.qyclone.cli;

import dev.qyclone.engine.stage.Backend;
import dev.qyclone.engine.stage.Backends;
import java.io.BufferedReader;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.List;

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

    /** On these devices instead of the machine's. */
    static CliRun on(List<Backend> backends, String... args) {
        return run("", false, options -> new Backends(backends), args);
    }

    /** On these devices, with what {@code in} reads, and {@code out} told of what is printed. */
    static CliRun on(List<Backend> backends, BufferedReader in, StringWriter out, String... args) {
        return run(in, out, false, options -> new Backends(backends), args);
    }

    /** With backends that are opened when the program asks for them. */
    static CliRun from(BackendSource source, String... args) {
        return run("", false, source, args);
    }

    private static CliRun run(String input, boolean watched, String... args) {
        return run(input, watched, Backends::discover, args);
    }

    private static CliRun run(String input, boolean watched, BackendSource source, String... args) {
        return run(new BufferedReader(new StringReader(input)), new StringWriter(), watched, source, args);
    }

    private static CliRun run(BufferedReader in, StringWriter out, boolean watched, BackendSource source, String... args) {
        StringWriter err = new StringWriter();
        Streams streams = new Streams(in, new PrintWriter(out), new PrintWriter(err), false, watched, watched);
        int code = new CommandLineProgram(streams, source).run(args);
        return new CliRun(code, out.toString(), err.toString());
    }
}
