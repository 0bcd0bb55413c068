package dev.qyclone.tasks;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
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
        byte[] hash = sha256().digest(String.join("\n", facts).getBytes(StandardCharsets.UTF_8));
        return folder.resolve(name + "-" + HexFormat.of().formatHex(hash, 0, 16));
    }

    private Path file(List<String> facts) {
        MessageDigest digest = sha256();
        digest.update(kernels());
        digest.update(String.join("\n", facts).getBytes(StandardCharsets.UTF_8));
        return folder.resolve(HexFormat.of().formatHex(digest.digest(), 0, 16));
    }

    /** What the kernels are, and the code that arranges them: another build is checked anew. */
    private static byte[] kernels() {
        MessageDigest digest = sha256();
        Path code = code();
        try {
            if (Files.isDirectory(code)) {
                try (var files = Files.walk(code)) {
                    for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                        digest.update(Files.readAllBytes(file));
                    }
                }
            } else {
                try (InputStream jar = Files.newInputStream(code)) {
                    digest.update(jar.readAllBytes());
                }
            }
        } catch (IOException e) {
            digest.update(Long.toString(System.nanoTime()).getBytes(StandardCharsets.UTF_8)); // unknown: never the same
        }
        return digest.digest();
    }

    /** Where this class comes from: a folder, or a jar. */
    private static Path code() {
        URL location = PassedChecks.class.getProtectionDomain().getCodeSource().getLocation();
        try {
            return Path.of(location.toURI()); // its path alone would have %20 for a space
        } catch (URISyntaxException e) {
            throw new IllegalStateException("the kernels' classes come from no file: " + location, e);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
