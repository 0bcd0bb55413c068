package dev.qyclone.cli;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.sampler.SamplerSettings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;

/**
 * The small model inside the jar: seven layers trained on public-domain fairy tales. The engine maps files, so it is copied
 * once into a cache folder, under a name that holds its content's hash.
 */
final class DemoModel {
    static final String RESOURCE = "/demo/fairytale-q8_0.gguf";
    static final String SHA_256 = "fec5e2394da45643779ce813b7dfad1ebe9a3ed94f36cba03ddeec011ca907e7";
    static final long BYTES = 5_022_144;

    private static final String FILE_NAME = "fairytale-q8_0-" + SHA_256.substring(0, 12) + ".gguf";

    private DemoModel() {
    }

    /** Warm enough to wander, cold enough to keep to the grammar: greedy it would turn in circles. */
    static SamplerSettings sampling() {
        return SamplerSettings.plain(0).withTemperature(0.7).withTopK(40).withTopP(0.95);
    }

    /** The model as a file: the cached one where it is whole, else a fresh copy. */
    static Path file() {
        return file(System.getenv(), System.getProperty("user.home"));
    }

    static Path file(Map<String, String> environment, String home) {
        try {
            return extractTo(CacheFolder.of(environment, home));
        } catch (IOException | SecurityException e) {
            return extractTemporarily(e);
        }
    }

    /** Copies beside the target and renames, so that no run ever sees half a file. */
    static Path extractTo(Path folder) throws IOException {
        Path target = folder.resolve(FILE_NAME);
        if (Files.isRegularFile(target) && Files.size(target) == BYTES) {
            return target;
        }
        Files.createDirectories(folder);
        Path part = Files.createTempFile(folder, FILE_NAME, ".part");
        try {
            copyTo(part);
            try {
                Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } catch (IOException e) {
                Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
            }
        } finally {
            Files.deleteIfExists(part);
        }
        return target;
    }

    /** Where no cache can be kept: a file of this run alone. */
    private static Path extractTemporarily(Exception reason) {
        try {
            Path file = Files.createTempFile("qyclone-", ".gguf");
            file.toFile().deleteOnExit();
            copyTo(file);
            return file;
        } catch (IOException e) {
            e.addSuppressed(reason);
            throw new EngineException(ErrorCode.WRITE_FAILED, "the demo model cannot be copied out of the jar", e)
                    .expected("a writable cache or temporary folder").got(e.getMessage())
                    .remedy("set XDG_CACHE_HOME to a writable folder, or name a model with -m");
        }
    }

    private static void copyTo(Path file) throws IOException {
        try (InputStream content = DemoModel.class.getResourceAsStream(RESOURCE)) {
            if (content == null) {
                throw new IOException("the jar has no " + RESOURCE);
            }
            Files.copy(content, file, StandardCopyOption.REPLACE_EXISTING);
        }
        if (Files.size(file) != BYTES) {
            throw new IOException(RESOURCE + " has " + Files.size(file) + " bytes, expected " + BYTES);
        }
    }
}
