package dev.qyclone.bench.tokens;

/**
 * Where and with what a bench ran.
 *
 * @param commit of the checkout that was built, or {@code unknown}
 * @param java vendor and version
 * @param flags of the JVM, in one line
 * @param os name, version and processor family
 * @param loadAverage of the last minute when the bench began, negative where the system tells none
 */
public record Machine(String commit, String java, String flags, String os, double loadAverage) {
}
