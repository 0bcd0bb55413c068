package dev.qyclone.bench.study.run;

import java.util.List;

/** Says how a JVM is started that serves a {@link StudyWorker} on its standard input and output. */
@FunctionalInterface
public interface WorkerLauncher {
    /**
     * The whole command.
     *
     * @param flags for that JVM, behind those of this one
     */
    List<String> command(List<String> flags);
}
