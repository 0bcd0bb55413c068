package dev.qyclone.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.faulty.Fault;
import dev.qyclone.engine.faulty.FaultyBackend;
import dev.qyclone.engine.stage.Backends;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
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
    void theProfileIsThereBeforeItsRunFails() throws IOException {
        FaultyBackend lost = new FaultyBackend("cuda:0:0");
        StringWriter err = new StringWriter() {
            @Override
            public void write(String text, int from, int count) {
                super.write(text, from, count);
                if (text.contains("running the placement")) {
                    lost.put(new Fault.FullAtLayer(0));
                }
            }
        };
        Path profile = folder.resolve("mine.yaml");
        Streams streams = new Streams(new BufferedReader(new StringReader("")), new PrintWriter(new StringWriter()),
                new PrintWriter(err), false, false, false);
        int code = new CommandLineProgram(streams, options -> new Backends(List.of(lost))).run("tune", "-m", DemoModel.file().toString(),
                "--cache", folder.resolve("cache").toString(), "--prompt", "4", "--ctx", "64", "--write", profile.toString());
        assertEquals(ExitCode.FAILED, code);
        String last = err.toString().lines().toList().getLast();
        assertTrue(last.contains("do not fit on cuda:0:0"), err.toString());
        assertTrue(Files.readString(profile).contains("0-6: cuda:0:0"), Files.readString(profile));
        assertEquals(0, lost.openThings());
    }

    @Test
    void wrongUseIsToldBeforeAnythingIsMeasured() throws IOException {
        assertWrong("the goal is none", "--goal", "speed");
        assertWrong("--ctx", "--ctx", "3");
        assertWrong("--prompt must be at most", "--ctx", "20", "--prompt", "16");
        Path windows = folder.resolve("windows.yaml");
        Files.writeString(windows, "layers:\n  - {layers: all, device: cpu, window: 16}\n");
        assertWrong("gives layers a window", "--try", windows.toString());
        assertWrong("keeps keys and values in f16, and layers are measured with f32", "--try",
                profile("halves", "layers: [{layers: 0-2, device: cpu, kv: f16}, all: cpu]"));
        assertWrong("keeps keys and values in f32, and layers are measured with f16", "--kv", "f16", "--try",
                profile("floats", "layers: [all: cpu]\nkv: f32"));
        assertWrong("names kernels or a work-group", "--try",
                profile("kernels", "layers: [{layers: all, device: cpu, kernels: parallel}]"));
        assertWrong("names kernels or a work-group", "--try", profile("group", "layers: [{layers: all, device: cpu, workgroup: 64}]"));
        assertWrong("has a context of 40 positions, and a run takes 48", "--prompt", "32", "--devices", "cpu", "--try",
                profile("short", "layers: [all: cpu]\ncontext: 40"));
        CliRun unmeasured = tune("--devices", "cpu", "--try", "debug");
        assertEquals(ExitCode.FAILED, unmeasured.code());
        assertTrue(unmeasured.err().contains("runs layers on cpu:scalar, which is not measured")
                && !unmeasured.err().contains("checking"), unmeasured.err());
        assertWrong("Unknown options: '--output', 'cpu'", "--output", "cpu");
        assertWrong("--devices expects ids", "--devices", "");
        assertWrong("--devices expects ids", "--devices", ",");
        CliRun unwritable = tune("-o", folder.resolve("none").resolve("mine.yaml").toString());
        assertEquals(ExitCode.FAILED, unwritable.code());
        assertTrue(unwritable.err().contains("cannot be written") && !unwritable.err().contains("checking"), unwritable.err());
        CliRun device = tune("--devices", "cuda:9:9");
        assertEquals(ExitCode.FAILED, device.code());
        assertTrue(device.err().contains("cuda:9:9 is not there"), device.err());
    }

    private String profile(String name, String yaml) throws IOException {
        return Files.writeString(folder.resolve(name + ".yaml"), yaml + "\n").toString();
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
