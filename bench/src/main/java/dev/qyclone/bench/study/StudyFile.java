package dev.qyclone.bench.study;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

/** {@code study.json}, read and written; {@code study.schema.json} beside this class describes it. */
public final class StudyFile {
    /** How the records are written: names in snake_case, what is not known as null. */
    public static final ObjectMapper MAPPER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    private StudyFile() {
    }

    /** The text of the file, with a line end behind it. */
    public static String text(Study study) {
        DefaultPrettyPrinter printer = new DefaultPrettyPrinter();
        printer.indentObjectsWith(new DefaultIndenter("  ", "\n"));
        try {
            return MAPPER.writer(printer).with(SerializationFeature.INDENT_OUTPUT).writeValueAsString(study) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e); // records of numbers and texts are always written
        }
    }

    /**
     * Reads a study.
     *
     * @throws EngineException FILE_NOT_FOUND, BAD_FILE
     */
    public static Study read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new EngineException(ErrorCode.FILE_NOT_FOUND, file + " is not there").expected("a study.json");
        }
        try {
            JsonNode root = MAPPER.readTree(file.toFile());
            if (root == null || !root.path("format").asText().equals(Study.FORMAT)) {
                throw notAStudy(file, "no \"format\": \"" + Study.FORMAT + "\"", null);
            }
            if (root.path("version").asInt() != Study.VERSION) {
                throw new EngineException(ErrorCode.BAD_FILE, file + " was written by another version of study")
                        .expected("version " + Study.VERSION).got("version " + root.path("version").asText())
                        .remedy("run the study again, or merge with the program that wrote it");
            }
            return MAPPER.treeToValue(root, Study.class);
        } catch (IOException e) {
            throw notAStudy(file, e.getMessage().lines().findFirst().orElse(""), e);
        }
    }

    private static EngineException notAStudy(Path file, String got, Throwable cause) {
        return new EngineException(ErrorCode.BAD_FILE, file + " is not a study", cause).expected("a study.json").got(got);
    }

    /**
     * Writes a text so that a reader finds the old file or the new one, never half of it.
     *
     * @throws EngineException WRITE_FAILED
     */
    public static void write(Path file, String text) {
        Path part = file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID() + ".part");
        try {
            try {
                Files.write(part, text.getBytes(StandardCharsets.UTF_8));
                move(part, file);
            } finally {
                Files.deleteIfExists(part);
            }
        } catch (IOException e) {
            throw new EngineException(ErrorCode.WRITE_FAILED, file + " cannot be written", e).got(e.getMessage());
        }
    }

    private static void move(Path part, Path file) throws IOException {
        try {
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
