package dev.qyclone.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.qyclone.bench.study.run.DriverCache;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StudyMachineTest {
    private static final Path HOME = Path.of("/home/somebody");

    private static List<Path> folders(Map<String, String> environment) {
        return StudyMachine.driverCaches(environment, HOME).stream().map(DriverCache::folder).toList();
    }

    @Test
    void driversKeepKernelsWhereTheEnvironmentSays() {
        Path cache = HOME.resolve(".cache");
        assertEquals(List.of(cache.resolve("pocl"), HOME.resolve(".nv/ComputeCache"), cache.resolve("neo_compiler_cache"),
                cache.resolve("comgr")), folders(Map.of()));
        assertEquals(List.of(Path.of("/k/pocl"), Path.of("/n"), Path.of("/k/neo_compiler_cache"), Path.of("/k/comgr")),
                folders(Map.of("XDG_CACHE_HOME", "/k", "CUDA_CACHE_PATH", "/n")));
    }

    @Test
    void aCacheThatIsSwitchedOffIsNone() {
        assertEquals(List.of(), folders(Map.of("POCL_KERNEL_CACHE", "0", "CUDA_CACHE_DISABLE", "1", "NEO_CACHE_PERSISTENT", "0",
                "AMD_COMGR_CACHE", "0")));
    }
}
