package dev.qyclone.cli;

import dev.qyclone.bench.study.run.StudyWorker;
import dev.qyclone.engine.stage.Backends;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;

/**
 * The entry of the JVMs that {@link StudyCommand} starts for its cells: measures one cell, as told on stdin. It has no options, so that
 * the time to a cell's first token holds no command line.
 */
public final class StudyCellMain {
    private StudyCellMain() {
    }

    public static void main(String[] args) throws IOException {
        Streams streams = Streams.ofProcess();
        System.setOut(new PrintStream(OutputStream.nullOutputStream())); // libraries' words are no answers
        StudyWorker.serve(streams.in(), streams::println, Backends::discover);
        System.exit(ExitCode.SUCCESS); // whatever threads a driver has left
    }
}
