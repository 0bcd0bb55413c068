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

/** Hashes under which something is kept; those of this build say what the kernels are, and the code that arranges them. */
final class BuildHash {
    private static final byte[] BUILD = build();

    private BuildHash() {
    }

    /** So many hexadecimal digits of a hash of facts. */
    static String of(List<String> facts, int digits) {
        return HexFormat.of().formatHex(sha256().digest(String.join("\n", facts).getBytes(StandardCharsets.UTF_8)), 0, digits / 2);
    }

    /** The same, which differs for another build of this module. */
    static String ofThisBuild(List<String> facts, int digits) {
        MessageDigest digest = sha256();
        digest.update(BUILD);
        digest.update(String.join("\n", facts).getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(digest.digest(), 0, digits / 2);
    }

    private static byte[] build() {
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
        URL location = BuildHash.class.getProtectionDomain().getCodeSource().getLocation();
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
