package dev.qyclone.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The model in the jar and its way into the cache. */
class DemoModelTest {
    @TempDir
    private Path folder;

    private static byte[] resource() throws IOException {
        try (InputStream content = DemoModel.class.getResourceAsStream(DemoModel.RESOURCE)) {
            return content.readAllBytes();
        }
    }

    @Test
    void constantsDescribeTheResource() throws IOException, NoSuchAlgorithmException {
        byte[] content = resource();
        assertEquals(DemoModel.BYTES, content.length);
        assertEquals(DemoModel.SHA_256, HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content)));
    }

    @Test
    void extractsOnceAndLeavesNothingElse() throws IOException {
        Path file = DemoModel.extractTo(folder.resolve("new/cache"));
        assertArrayEquals(resource(), Files.readAllBytes(file));
        Object written = Files.getLastModifiedTime(file);
        assertEquals(file, DemoModel.extractTo(folder.resolve("new/cache")));
        assertEquals(written, Files.getLastModifiedTime(file));
        assertEquals(List.of(file), list(file.getParent()));
    }

    @Test
    void replacesAFileThatWasCutShort() throws IOException {
        Path file = DemoModel.extractTo(folder);
        Files.write(file, new byte[100]);
        assertEquals(file, DemoModel.extractTo(folder));
        assertEquals(DemoModel.BYTES, Files.size(file));
        assertEquals(List.of(file), list(folder));
    }

    @Test
    void usesTheCacheFolderOfThePlatform() {
        String home = folder.toString();
        String other = folder.resolve("other").toString();
        assertEquals(Path.of(other, "qyclone"), CacheFolder.of(Map.of("XDG_CACHE_HOME", other), home));
        assertEquals(Path.of(other, "qyclone"), CacheFolder.of(Map.of("LOCALAPPDATA", other), home));
        assertEquals(folder.resolve(".cache/qyclone"), CacheFolder.of(Map.of(), home));
        assertEquals(folder.resolve(".cache/qyclone"), CacheFolder.of(Map.of("XDG_CACHE_HOME", "relative"), home));
    }

    @Test
    void fallsBackToATemporaryFileWhereTheCacheCannotBe() throws IOException {
        Path blocked = Files.writeString(folder.resolve("a file"), "not a folder");
        Path file = DemoModel.file(Map.of("XDG_CACHE_HOME", blocked.toString()), folder.toString());
        assertTrue(Files.size(file) == DemoModel.BYTES, file.toString());
        Files.delete(file);
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }
}
