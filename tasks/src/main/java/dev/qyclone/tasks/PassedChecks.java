package dev.qyclone.tasks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Which checks a device has passed before, as empty files of a folder: one for each device, driver, version of TornadoVM and of our
 * kernels, and each set of kernels with their shapes. Only what passed is kept; a folder that cannot be read or written keeps nothing.
 */
final class PassedChecks {
    private final Path folder;
    private final boolean anew;

    /**
     * @param folder null to keep nothing
     * @param anew forget what was kept
     */
    PassedChecks(Path folder, boolean anew) {
        this.folder = folder == null ? null : folder.resolve("checks");
        this.anew = anew;
    }

    /** True if this passed before. */
    boolean has(List<String> facts) {
        return folder != null && !anew && Files.isRegularFile(file(facts));
    }

    /** Keeps that this passed. */
    void keep(List<String> facts) {
        if (folder == null) {
            return;
        }
        try {
            Files.createDirectories(folder);
            Files.write(file(facts), facts);
        } catch (IOException e) {
            // The check is run again the next time.
        }
    }

    /** What was found out about a device and kept under a name, or nothing. */
    Optional<String> found(String name, List<String> facts) {
        try {
            return folder == null ? Optional.empty() : Optional.of(Files.readString(note(name, facts)).strip());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Keeps what was found out about a device. */
    void keep(String name, List<String> facts, String value) {
        if (folder == null) {
            return;
        }
        try {
            Files.createDirectories(folder);
            Files.writeString(note(name, facts), value + "\n");
        } catch (IOException e) {
            // It is found out again the next time.
        }
    }

    private Path note(String name, List<String> facts) {
        return folder.resolve(name + "-" + BuildHash.of(facts, 32));
    }

    private Path file(List<String> facts) {
        return folder.resolve(BuildHash.ofThisBuild(facts, 32)); // another build is checked anew
    }
}
