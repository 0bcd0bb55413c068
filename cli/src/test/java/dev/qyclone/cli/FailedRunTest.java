package dev.qyclone.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that fail: one line that helps, no stack trace, nothing on stdout. */
class FailedRunTest {
    private static final String MODEL = DemoModel.file().toString();

    @TempDir
    private Path folder;

    private static void assertFails(int code, List<String> expected, String... args) {
        CliRun run = CliRun.of(args);
        assertEquals(code, run.code(), run.err());
        assertEquals("", run.out());
        assertEquals(1, run.err().lines().count(), run.err());
        assertTrue(run.err().startsWith("qyclone: "), run.err());
        expected.forEach(part -> assertTrue(run.err().contains(part), run.err()));
    }

    private static void assertEveryCommandFails(Path model, String... expected) {
        List<String> parts = Arrays.asList(expected);
        assertFails(ExitCode.FAILED, parts, "run", "-m", model.toString(), "The");
        assertFails(ExitCode.FAILED, parts, "inspect", model.toString());
        assertFails(ExitCode.FAILED, parts, "tokenize", "-m", model.toString(), "The");
        assertFails(ExitCode.FAILED, parts, "logits", "-m", model.toString(), "--ids", "1");
        assertFails(ExitCode.FAILED, parts, "generate-ids", "-m", model.toString(), "--ids", "1", "-n", "1");
    }

    @Test
    void aModelThatIsNotThere() {
        assertEveryCommandFails(folder.resolve("missing.gguf"), "missing.gguf");
    }

    @Test
    void aTextFileInsteadOfAModel() throws IOException {
        assertEveryCommandFails(Files.writeString(folder.resolve("notes.txt"), "Dear diary,\n"), "notes.txt", "GGUF");
    }

    @Test
    void anEmptyFile() throws IOException {
        assertEveryCommandFails(Files.createFile(folder.resolve("empty.gguf")), "empty.gguf");
    }

    @Test
    void aModelThatIsCutShort() throws IOException {
        byte[] whole = Files.readAllBytes(Path.of(MODEL));
        assertEveryCommandFails(Files.write(folder.resolve("short.gguf"), Arrays.copyOf(whole, whole.length / 2)), "short.gguf");
        assertEveryCommandFails(Files.write(folder.resolve("stub.gguf"), Arrays.copyOf(whole, 1000)), "stub.gguf");
    }

    @Test
    void aFolderWithoutAModel() {
        assertEveryCommandFails(folder, "config.json");
    }

    @Test
    void aVocabularyThatIsNone() throws IOException {
        Path file = Files.writeString(folder.resolve("notes.tiktoken"), "Dear diary,\n");
        assertFails(ExitCode.FAILED, List.of("notes.tiktoken"), "tokenize", "--vocab", file.toString(), "The");
    }

    @Test
    void linesThatAreNotJson() throws IOException {
        Path file = Files.writeString(folder.resolve("texts.jsonl"), "{\"txt\":1}\n");
        assertFails(ExitCode.FAILED, List.of("texts.jsonl line 1", "text"), "tokenize", "-m", MODEL, "--jsonl", file.toString());
        Files.writeString(file, "no json\n");
        assertFails(ExitCode.FAILED, List.of("texts.jsonl line 1", "JSON"), "tokenize", "-m", MODEL, "--jsonl", file.toString());
        Path missing = folder.resolve("missing.jsonl");
        assertFails(ExitCode.FAILED, List.of("missing.jsonl"), "tokenize", "-m", MODEL, "--jsonl", missing.toString());
    }

    @Test
    void aDeviceThatIsNotThereNamesThoseThatAre() {
        assertFails(ExitCode.FAILED, List.of("gpu:7", "cpu, cpu:scalar"), "logits", "-m", MODEL, "--ids", "1", "--device", "gpu:7");
    }

    @Test
    void wishesThatThisModelCannotFulfil() {
        assertFails(ExitCode.WRONG_USE, List.of("1024", "4096"), "logits", "-m", MODEL, "--ids", "1", "--ctx", "4096");
        assertFails(ExitCode.WRONG_USE, List.of("4095", "5000"), "logits", "-m", MODEL, "--ids", "1,5000");
        assertFails(ExitCode.WRONG_USE, List.of("4095", "-1"), "logits", "-m", MODEL, "--ids", "-1");
        assertFails(ExitCode.WRONG_USE, List.of("top-p"), "run", "--quiet", "-m", MODEL, "--top-p", "7", "The");
    }

    @Test
    void whatDoesNotFitIntoTheContext() {
        assertFails(ExitCode.FAILED, List.of("context"), "logits", "-m", MODEL, "--ids", "1,2,3", "--ctx", "2");
        assertFails(ExitCode.FAILED, List.of("context"), "run", "--quiet", "-m", MODEL, "--ctx", "2", "Once upon a time");
        assertFails(ExitCode.FAILED, List.of("context"), "generate-ids", "-m", MODEL, "--ids", "1,2", "-n", "4", "--ctx", "4");
    }

    @Test
    void verboseShowsWhereItCameFrom() {
        CliRun run = CliRun.of("inspect", "--verbose", folder.resolve("missing.gguf").toString());
        assertEquals(ExitCode.FAILED, run.code());
        assertTrue(run.err().contains("\tat dev.qyclone.engine."), run.err());
    }
}
