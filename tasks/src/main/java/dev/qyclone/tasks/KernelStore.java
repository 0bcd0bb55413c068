package dev.qyclone.tasks;

import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.DeviceKind;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/**
 * Kernels as TornadoVM wrote them for one device in OpenCL C, each in a file of its own: what its compiler takes some hundred
 * milliseconds for in every JVM (Graal, compiled along with it) is done once. A file's name holds a hash of all that the source depends
 * on (device, driver, TornadoVM with its flags, this build, the kernel and its arguments) and one of the source, so that a damaged
 * file is not taken.
 */
final class KernelStore {
    /** Keeps nothing. */
    static final KernelStore NONE = new KernelStore(null, false, List.of());

    private static final String SUFFIX = ".cl";
    private static final int KEY_DIGITS = 32;
    private static final int SUM_DIGITS = 16;
    private static final Duration KEPT = Duration.ofDays(90);

    private final Path folder;
    private final boolean anew;
    private final List<String> facts;
    private Map<String, Path> files;

    /**
     * @param folder null to keep nothing
     * @param anew compile and keep every kernel again
     * @param facts what the sources depend on besides the kernels
     */
    KernelStore(Path folder, boolean anew, List<String> facts) {
        this.folder = folder;
        this.anew = anew;
        this.facts = facts;
    }

    /** Of a device; nothing is kept where TornadoVM writes no OpenCL C, or builds a bitstream of it. */
    static KernelStore of(Path cacheFolder, boolean anew, Device device, TornadoDevice tornado) {
        if (cacheFolder == null || tornado.getTornadoVMBackend() != TornadoVMBackendType.OPENCL || device.kind() == DeviceKind.FPGA
                || !PrintedKernels.ready() || !StoredTasks.ready()) {
            return NONE;
        }
        List<String> facts = new ArrayList<>(List.of(device.id(), device.vendor(), device.name(), device.facts().driver(),
                TornadoRuntimeCheck.version(), TornadoRuntimeCheck.jars(), Runtime.version().toString(),
                "header " + TornadoNativeArray.ARRAY_HEADER));
        System.getProperties().stringPropertyNames().stream().filter(KernelStore::matters).sorted()
                .map(name -> name + "=" + System.getProperty(name)).forEach(facts::add);
        return new KernelStore(cacheFolder.resolve("kernels"), anew, facts);
    }

    private static boolean matters(String property) {
        return (property.startsWith("tornado.") || property.startsWith("jdk.graal.")) && !property.equals(PrintedKernels.FILE);
    }

    /** How it is known here; empty if it cannot be kept. */
    Optional<KernelKey> key(Serializable kernel, Object[] arguments) {
        return folder == null ? Optional.empty() : KernelKey.of(kernel, arguments);
    }

    /** The file of a kernel that was kept. */
    Optional<Path> find(KernelKey key) {
        if (anew) {
            return Optional.empty();
        }
        String name = name(key);
        Path file;
        synchronized (this) {
            file = files().get(name);
        }
        return Optional.ofNullable(file).filter(f -> f.getFileName().toString().equals(name + "-" + sum(f) + SUFFIX));
    }

    /** @param keys of some kernels, as {@link #key} gave them, and the source of each */
    void keep(List<Optional<KernelKey>> keys, List<String> sources) {
        if (folder == null || keys.size() != sources.size()) {
            return; // TornadoVM compiled something else as well: there is no telling which is which
        }
        for (int i = 0; i < keys.size(); i++) {
            KernelKey key = keys.get(i).orElse(null);
            if (key != null && sources.get(i).contains("__kernel void " + key.entry() + "(")) {
                keep(key, sources.get(i));
            }
        }
        dropOld();
    }

    /** Of builds and models of long ago; one that is still used is compiled again. */
    private void dropOld() {
        FileTime oldest = FileTime.from(Instant.now().minus(KEPT));
        try (Stream<Path> all = Files.list(folder)) {
            for (Path file : all.toList()) {
                if (Files.getLastModifiedTime(file).compareTo(oldest) < 0) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException e) {
            // Another process drops them, too, or nobody can.
        }
    }

    private void keep(KernelKey key, String source) {
        String name = name(key);
        try {
            Files.createDirectories(folder);
            Path written = Files.createTempFile(folder, name, ".tmp");
            Files.writeString(written, source);
            Path file = folder.resolve(name + "-" + sum(written) + SUFFIX);
            Files.move(written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            synchronized (this) {
                files().put(name, file);
            }
        } catch (IOException e) {
            // It is compiled again the next time.
        }
    }

    /** Deletes what was kept of a kernel. */
    synchronized void forget(KernelKey key) {
        Path file = files().remove(name(key));
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            // It is taken, and refused, again: whoever made the folder read-only has to delete it.
        }
    }

    private String name(KernelKey key) {
        return BuildHash.ofThisBuild(Stream.concat(facts.stream(), Stream.of(key.words())).toList(), KEY_DIGITS);
    }

    /** By the first part of their names. */
    private Map<String, Path> files() {
        if (files == null) {
            files = new HashMap<>();
            if (folder != null && Files.isDirectory(folder)) {
                try (Stream<Path> all = Files.list(folder)) {
                    all.filter(file -> file.getFileName().toString().length() == KEY_DIGITS + 1 + SUM_DIGITS + SUFFIX.length())
                            .forEach(file -> files.put(file.getFileName().toString().substring(0, KEY_DIGITS), file));
                } catch (IOException e) {
                    // Unreadable: everything is compiled.
                }
            }
        }
        return files;
    }

    private static String sum(Path file) {
        try {
            return BuildHash.of(List.of(Files.readString(file)), SUM_DIGITS);
        } catch (IOException e) {
            return "unreadable";
        }
    }
}
