package dev.qyclone.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files with random weights: they open, run, and are the same for the same seed. */
class SynthCommandTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"f16", "q8_0", "q4_0", "q4_k"})
    void whatItWritesRuns(String type) {
        String file = folder.resolve("tiny.gguf").toString();
        CliRun run = CliRun.of("synth", "--shape", "tiny", "--type", type, "-o", file);
        assertEquals(ExitCode.SUCCESS, run.code(), run.err());
        assertTrue(run.err().startsWith("wrote " + file), run.err());
        JsonNode shown = DemoGolden.parse(CliRun.of("inspect", file, "--json").out());
        int bits = shown.get("activationBits").intValue();
        assertTrue(bits == 32 || bits > 8 && bits < 32 && shown.get("roundedRelativeL2").doubleValue() < 1e-2, shown.toString());
        assertEquals(bits < 32, CliRun.of("inspect", file).out().contains("activations   rounded to " + bits + " bits"));
        assertEquals(2, shown.get("layers").intValue());
        assertTrue(shown.get("tensorTypes").has(type.toUpperCase(Locale.ROOT)), shown.toString());
        CliRun ids = CliRun.of("generate-ids", "-m", file, "--ids", "1,2,3", "-n", "4", "--json");
        assertEquals(4, DemoGolden.parse(ids.out()).get("ids").size(), ids.err());
        assertEquals(ExitCode.SUCCESS, CliRun.of("run", "-m", file, "-n", "3", "abc").code());
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-moe", "tiny-qwen1"})
    void otherArchitecturesRunToo(String shape) {
        String file = folder.resolve("other.gguf").toString();
        assertEquals(ExitCode.SUCCESS, CliRun.of("synth", "--shape", shape, "--type", "q4_k", "-o", file).code());
        CliRun run = CliRun.of("run", "-m", file, "-n", "3", "--json", "abc");
        assertEquals(ExitCode.SUCCESS, run.code(), run.err());
    }

    @Test
    void theSeedFixesTheFile() throws IOException {
        Path[] files = {folder.resolve("a"), folder.resolve("b"), folder.resolve("c")};
        String[] seeds = {"5", "5", "6"};
        for (int i = 0; i < files.length; i++) {
            CliRun.of("synth", "--shape", "tiny", "--type", "Q8_0", "--seed", seeds[i], "-o", files[i].toString(), "--quiet");
        }
        assertArrayEquals(Files.readAllBytes(files[0]), Files.readAllBytes(files[1]));
        assertFalse(Arrays.equals(Files.readAllBytes(files[0]), Files.readAllBytes(files[2])));
    }

    @Test
    void namesTheShapesAndTypesThatThereAre() {
        CliRun shape = CliRun.of("synth", "--shape", "gpt-4", "--type", "f16", "-o", "x");
        assertEquals(ExitCode.WRONG_USE, shape.code());
        assertTrue(shape.err().contains("qwen2-0.5b, ") && shape.err().contains("qwen2-72b"), shape.err());
        CliRun type = CliRun.of("synth", "--shape", "tiny", "--type", "q9", "-o", "x");
        assertEquals(ExitCode.WRONG_USE, type.code());
        assertTrue(type.err().contains("Q4_K"), type.err());
    }

    @Test
    void aFolderThatCannotBeWrittenTo() {
        CliRun run = CliRun.of("synth", "--shape", "tiny", "--type", "f16", "-o", folder.resolve("no/such/x.gguf").toString());
        assertEquals(ExitCode.FAILED, run.code());
        assertEquals(1, run.err().lines().count(), run.err());
    }
}
