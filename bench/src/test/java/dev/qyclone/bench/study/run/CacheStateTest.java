package dev.qyclone.bench.study.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.qyclone.bench.study.CellDevice;
import dev.qyclone.bench.study.KernelCaches;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose folder says whether a driver had to compile. */
class CacheStateTest {
    private static final CellDevice HOST = new CellDevice("cpu", "cpu", "AuthenticAMD", "AMD EPYC", 1, "OpenJDK", "");
    private static final CellDevice POCL = new CellDevice("opencl:0:0", "cpu", "Portable Computing Language", "pthread-AMD EPYC", 1,
            "Portable Computing Language, OpenCL C 1.2 PoCL", "");
    private static final CellDevice NVIDIA = new CellDevice("opencl:1:0", "gpu", "NVIDIA CUDA", "NVIDIA H200", 1, "OpenCL C 1.2", "");
    private static final CellDevice OTHER = new CellDevice("opencl:2:0", "fpga", "Somebody", "a board", 1, "OpenCL 1.0", "");

    @TempDir
    private Path folder;
    private List<DriverCache> caches;

    @BeforeEach
    void makeFolders() throws IOException {
        Files.createDirectory(folder.resolve("pocl"));
        Files.createDirectory(folder.resolve("nvidia"));
        caches = List.of(new DriverCache(List.of("portable computing language"), folder.resolve("pocl")),
                new DriverCache(List.of("nvidia"), folder.resolve("nvidia")), new DriverCache(List.of("amd"), folder.resolve("absent")));
    }

    /** What a cell on these devices says of its driver's cache, when PoCL compiles a kernel meanwhile. */
    private String driver(CellDevice... devices) throws IOException {
        CacheState before = CacheState.of(List.of(devices), null, caches);
        Files.createTempFile(folder.resolve("pocl"), "kernel", ".so");
        return before.until(CacheState.of(List.of(devices), null, caches)).driver();
    }

    @Test
    void onlyTheDriversOwnFolderCounts() throws IOException {
        assertEquals("cold", driver(POCL));
        assertEquals("cold", driver(HOST, POCL));
        assertEquals("warm", driver(NVIDIA));
        assertEquals("unknown", driver(OTHER));
        assertEquals("cold", driver(POCL, NVIDIA));
        assertEquals("unknown", driver(POCL, OTHER));
        assertEquals("none", driver(HOST));
    }

    @Test
    void checksThatWereKeptMeanwhileWereCold() throws IOException {
        Path checks = Files.createDirectory(folder.resolve("checks"));
        CacheState before = CacheState.of(List.of(POCL), checks, caches);
        assertEquals(new KernelCaches("warm", "warm"), before.until(CacheState.of(List.of(POCL), checks, caches)));
        Files.createFile(checks.resolve("one"));
        assertEquals(new KernelCaches("cold", "warm"), before.until(CacheState.of(List.of(POCL), checks, caches)));
    }
}
