package dev.qyclone.cli;

import dev.qyclone.bench.study.Environment;
import dev.qyclone.bench.study.run.DriverCache;
import dev.qyclone.bench.tokens.Machine;
import dev.qyclone.engine.stage.Device;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Asks the system what a study must say of it. */
final class StudyMachine {
    private static final Pattern TORNADO = Pattern.compile("TornadoVM (\\S+?)[,;]?(?: |$)");

    private StudyMachine() {
    }

    static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "this machine";
        }
    }

    static Environment read(DeviceList list) {
        Machine machine = BenchMachine.read();
        Device host = list.devices().getFirst();
        String tornado = list.devices().stream().map(device -> TORNADO.matcher(device.note())).filter(Matcher::find)
                .map(found -> found.group(1)).findFirst().orElse("");
        List<String> missing = list.missing().stream().map(why -> why.backend() + ": " + why.reason()).toList();
        return new Environment(host.name(), Runtime.getRuntime().availableProcessors(), host.memoryBytes(), machine.os(), machine.java(),
                machine.flagsInShort(), machine.commit(), tornado, machine.loadAverage(), missing);
    }

    /** Where drivers keep kernels that they compiled, where that is known. */
    static List<DriverCache> driverCaches() {
        return driverCaches(System.getenv(), Path.of(System.getProperty("user.home")));
    }

    /** Of PoCL, NVIDIA, Intel and AMD, less those that the environment switches off. PoCL is first: it runs on others' devices too. */
    static List<DriverCache> driverCaches(Map<String, String> environment, Path home) {
        Path cache = folder(environment, "XDG_CACHE_HOME", home.resolve(".cache"));
        List<DriverCache> caches = new ArrayList<>();
        if (!"0".equals(environment.get("POCL_KERNEL_CACHE"))) {
            caches.add(new DriverCache(List.of("portable computing language", "pocl"),
                    folder(environment, "POCL_CACHE_DIR", cache.resolve("pocl"))));
        }
        if (!"1".equals(environment.get("CUDA_CACHE_DISABLE"))) {
            caches.add(new DriverCache(List.of("nvidia", "cuda", "ptx:"),
                    folder(environment, "CUDA_CACHE_PATH", home.resolve(".nv").resolve("ComputeCache"))));
        }
        if (!"0".equals(environment.get("NEO_CACHE_PERSISTENT"))) {
            caches.add(new DriverCache(List.of("opencl graphics", "hd graphics", "levelzero", "level zero"),
                    folder(environment, "NEO_CACHE_DIR", cache.resolve("neo_compiler_cache"))));
        }
        if (!"0".equals(environment.get("AMD_COMGR_CACHE"))) {
            caches.add(new DriverCache(List.of("amd accelerated parallel processing"),
                    folder(environment, "AMD_COMGR_CACHE_DIR", cache.resolve("comgr"))));
        }
        return caches;
    }

    private static Path folder(Map<String, String> environment, String name, Path otherwise) {
        String value = environment.get(name);
        return value == null || value.isBlank() ? otherwise : Path.of(value);
    }
}
