package dev.qyclone.bench.study;

import java.util.List;

/**
 * Where and with what a run was made.
 *
 * @param processor its name
 * @param memoryBytes of the machine
 * @param os name, version and processor family
 * @param java vendor and version
 * @param flags of the JVM, in one line
 * @param commit of the checkout that was built, or {@code unknown}
 * @param tornado TornadoVM's version, or an empty text where no device is TornadoVM's
 * @param loadAverage of the last minute when the run began, negative where the system tells none
 * @param missing backends that are missing, with the reason, a line each
 */
public record Environment(
        String processor, int processors, long memoryBytes, String os, String java, String flags, String commit, String tornado,
        double loadAverage, List<String> missing) {
    public Environment {
        missing = List.copyOf(missing);
    }
}
