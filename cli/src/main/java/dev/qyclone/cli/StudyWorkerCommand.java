package dev.qyclone.cli;

import dev.qyclone.bench.study.run.StudyWorker;
import java.io.IOException;
import java.io.UncheckedIOException;
import picocli.CommandLine.Command;

/** What {@link StudyCommand} starts for each of its cells; nobody types it. */
@Command(name = StudyWorkerCommand.NAME, hidden = true, header = "Measure one cell of a study, as told on stdin.")
final class StudyWorkerCommand implements Runnable {
    static final String NAME = "study-worker";

    private final Streams streams;
    private final BackendSource source;

    StudyWorkerCommand(Streams streams, BackendSource source) {
        this.streams = streams;
        this.source = source;
    }

    @Override
    public void run() {
        try {
            StudyWorker.serve(streams.in(), streams::println, source::open);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
