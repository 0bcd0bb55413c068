package dev.qyclone.bench.study.run;

import dev.qyclone.bench.study.KernelCaches;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Counts the files of cache folders, so that what opening added to them shows whether it found what it needed. */
record CacheState(long checks, long drivers, boolean driverKnown) {
    /**
     * @param checks folder of passed checks; null where none are kept
     * @param drivers folders of drivers' kernels, which may be absent
     */
    static CacheState of(Path checks, List<Path> drivers) {
        List<Path> there = drivers.stream().filter(Files::isDirectory).toList();
        return new CacheState(checks == null ? 0 : files(checks), there.stream().mapToLong(CacheState::files).sum(), !there.isEmpty());
    }

    private static long files(Path folder) {
        if (!Files.isDirectory(folder)) {
            return 0;
        }
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).count();
        } catch (IOException | UncheckedIOException e) {
            return 0; // a driver tidies up just now
        }
    }

    /** What opening found, given the state after it. */
    KernelCaches until(CacheState after) {
        String driver = !after.driverKnown ? "unknown" : after.drivers > drivers ? "cold" : "warm";
        return new KernelCaches(after.checks > checks ? "cold" : "warm", driver);
    }
}
