package dev.qyclone.bench.study.run;

import dev.qyclone.bench.study.CellDevice;
import dev.qyclone.bench.study.KernelCaches;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Counts the files of the caches that a cell's devices use, so that what opening added to them shows whether it found what it needed.
 *
 * @param device whether the cell has any besides the host
 * @param driverKnown whether the folder of each driver is known and there
 */
record CacheState(boolean device, long checks, long drivers, boolean driverKnown) {
    /**
     * @param checks folder of passed checks; null where none are kept
     * @param drivers where drivers keep kernels, the first of a device's is its own
     */
    static CacheState of(List<CellDevice> devices, Path checks, List<DriverCache> drivers) {
        List<CellDevice> others = devices.stream().filter(device -> !CellWork.isHost(device.id())).toList();
        List<Optional<Path>> folders = others.stream().map(device -> drivers.stream().filter(cache -> cache.serves(device))
                .map(DriverCache::folder).filter(Files::isDirectory).findFirst()).distinct().toList();
        return new CacheState(!others.isEmpty(), checks == null ? 0 : files(checks),
                folders.stream().flatMap(Optional::stream).mapToLong(CacheState::files).sum(),
                folders.stream().allMatch(Optional::isPresent));
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
        if (!device) {
            return KernelCaches.NONE;
        }
        String driver = !after.driverKnown ? "unknown" : after.drivers > drivers ? "cold" : "warm";
        return new KernelCaches(after.checks > checks ? "cold" : "warm", driver);
    }
}
