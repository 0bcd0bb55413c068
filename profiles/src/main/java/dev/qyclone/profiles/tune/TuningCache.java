package dev.qyclone.profiles.tune;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Measurements in files, one per model. A file that cannot be read, or is not ours, is ignored with a warning and replaced at the next
 * measurement; a folder that cannot be written to is a warning too: nothing depends on the cache.
 */
public final class TuningCache {
    private static final int VERSION = 5; // 4 had times of kernels that boxed their vectors on the host
    private static final int MOST_RECORDS = 16;
    private static final long MOST_BYTES = 4L << 20;
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES, DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES,
                    DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES).build();

    private final Path folder;
    private final Consumer<String> warnings;

    /** What a file holds. */
    record Content(int version, List<TuningRecord> records) {
    }

    /**
     * @param folder need not be there
     * @param warnings told what is wrong with the cache, in one line each
     */
    public TuningCache(Path folder, Consumer<String> warnings) {
        this.folder = folder;
        this.warnings = warnings;
    }

    /** The file for a model. */
    public Path file(String modelKey) {
        return folder.resolve("tune-" + modelKey + ".json");
    }

    /** What is kept of a model, newest first. */
    List<TuningRecord> records(String modelKey) {
        Path file = file(modelKey);
        if (!Files.exists(file)) {
            return List.of();
        }
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw new IOException("it has " + Files.size(file) + " bytes");
            }
            JsonNode tree = JSON.readTree(file.toFile());
            if (tree.path("version").asInt() != VERSION) {
                throw new IOException("it is of version " + tree.path("version").asText("unknown") + ", expected " + VERSION);
            }
            return JSON.treeToValue(tree, Content.class).records;
        } catch (IOException e) {
            String reason = e instanceof JsonProcessingException json ? json.getOriginalMessage() : e.getMessage();
            warnings.accept("the measurements in " + file + " are ignored: " + String.valueOf(reason).lines().findFirst().orElse(""));
            return List.of();
        }
    }

    /** Keeps a record before all others of the model; one of the same setting, workload and devices gives way. */
    void keep(String modelKey, TuningRecord record) {
        List<TuningRecord> records = new ArrayList<>(records(modelKey));
        records.removeIf(old -> old.setting().equals(record.setting()) && old.workload().equals(record.workload())
                && old.asked().equals(record.asked()) && old.environments().equals(record.environments()));
        records.addFirst(record);
        Path file = file(modelKey);
        try {
            Files.createDirectories(folder);
            Path part = Files.createTempFile(folder, "tune-", ".part");
            try {
                JSON.writeValue(part.toFile(), new Content(VERSION, records.stream().limit(MOST_RECORDS).toList()));
                Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(part);
            }
        } catch (IOException e) {
            warnings.accept("the measurements cannot be kept in " + file + ": " + e.getMessage());
        }
    }
}
