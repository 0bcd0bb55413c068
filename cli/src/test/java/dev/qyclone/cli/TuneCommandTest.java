package dev.qyclone.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tuning the demo model on the host. Nothing here depends on how fast it is. */
class TuneCommandTest {
    @TempDir
    private Path folder;

    @Test
    void writesTheBestProfileAndComparesItWithARun() throws IOException {
        Path profile = folder.resolve("mine.yaml");
        CliRun run = tune("--devices", "cpu", "--prompt", "32", "-o", profile.toString());
        assertEquals(ExitCode.SUCCESS, run.code(), run.err());
        List<String> lines = run.out().lines().toList();
        for (String start : List.of(
                "all on cpu ", "best, predicted ", "  at the run's pace ", "best, measured ", "measured / as predicted ",
                "measured / at run's pace ")) {
            assertEquals(1, lines.stream().filter(line -> line.startsWith(start)).count(), run.out());
        }
        assertEquals(decode(lines, "best, measured ") / decode(lines, "best, predicted "), decode(lines, "measured / as predicted "),
                0.02, "the ratio of the figures that are printed");
        assertTrue(Files.readString(profile).contains("\nlayers:\n  - "), Files.readString(profile));
        assertTrue(run.err().contains("checking and measuring cpu"), run.err());
        CliRun again = tune("--devices", "cpu", "--prompt", "32", "--goal", "prefill:0.5,ttft:0.5", "--try", "cpu");
        assertEquals(ExitCode.SUCCESS, again.code(), again.err());
        assertTrue(again.err().contains("figures measured on "), again.err());
        String beforeItIsFoundFaster = again.err().split("the machine is faster now", 2)[0];
        assertFalse(beforeItIsFoundFaster.contains("checking and measuring"), again.err());
        assertTrue(again.out().startsWith("# Tuned for prefill:0.5,ttft:0.5 on "), again.out());
        for (String start : List.of("# cpu, predicted ", "# cpu, measured ")) {
            assertEquals(1, again.out().lines().filter(line -> line.startsWith(start)).count(), again.out());
        }
        assertTrue(again.out().lines().filter(line -> !line.startsWith("#")).noneMatch(line -> line.startsWith("best")), again.out());
    }

    private static double decode(List<String> lines, String row) {
        String line = lines.stream().filter(one -> one.startsWith(row)).findFirst().orElseThrow();
        return Double.parseDouble(line.substring(row.length()).strip().split(" +")[0]);
    }

    @Test
    void wrongUseIsToldBeforeAnythingIsMeasured() throws IOException {
        assertWrong("the goal is none", "--goal", "speed");
        assertWrong("--ctx", "--ctx", "3");
        assertWrong("--prompt must be at most", "--ctx", "20", "--prompt", "16");
        Path windows = folder.resolve("windows.yaml");
        Files.writeString(windows, "layers:\n  - {layers: all, device: cpu, window: 16}\n");
        assertWrong("gives layers a window", "--try", windows.toString());
        assertWrong("--devices expects ids", "--devices", "");
        CliRun unwritable = tune("-o", folder.resolve("none").resolve("mine.yaml").toString());
        assertEquals(ExitCode.FAILED, unwritable.code());
        assertTrue(unwritable.err().contains("cannot be written") && !unwritable.err().contains("checking"), unwritable.err());
        CliRun device = tune("--devices", "cuda:9:9");
        assertEquals(ExitCode.FAILED, device.code());
        assertTrue(device.err().contains("cuda:9:9 is not there"), device.err());
    }

    private void assertWrong(String part, String... options) {
        CliRun run = tune(options);
        assertEquals(ExitCode.WRONG_USE, run.code(), run.err());
        assertTrue(run.err().contains(part), run.err());
        assertEquals("", run.out());
    }

    private CliRun tune(String... options) {
        List<String> command = new ArrayList<>(
                List.of("tune", "-m", DemoModel.file().toString(), "--cache", folder.resolve("cache").toString()));
        command.addAll(List.of(options));
        return CliRun.of(command.toArray(String[]::new));
    }
}
