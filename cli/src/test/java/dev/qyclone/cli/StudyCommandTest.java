package dev.qyclone.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.qyclone.engine.cpu.CpuBackend;
import dev.qyclone.engine.faulty.FaultyBackend;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command study on the demo model, with JVMs for its cells. What it measures is asserted nowhere. */
class StudyCommandTest {
    private static final long PATIENCE_SECONDS = 180;

    @TempDir
    private Path folder;

    private CliRun study(String... more) {
        List<String> args = new ArrayList<>(List.of("study", "--quick", "-p", "5", "-n", "2", "-o", folder.resolve("out").toString()));
        args.addAll(List.of(more));
        return CliRun.of(args.toArray(String[]::new));
    }

    private JsonNode result() throws IOException {
        return DemoGolden.parse(Files.readString(folder.resolve("out/study.json")));
    }

    private List<String> written() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("out"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void cellsAreMeasuredInTheirOwnJvmsAndWritten() throws IOException {
        CliRun run = study("--devices", "cpu", "--label", "here", "--quiet");
        assertEquals(ExitCode.SUCCESS, run.code(), run.err());
        assertEquals("", run.err());
        assertEquals(List.of("report.html", "study.csv", "study.json"), written());
        JsonNode study = result();
        assertTrue(study.get("complete").booleanValue());
        assertEquals("here", study.at("/runs/0/label").textValue());
        JsonNode cells = study.get("cells");
        assertEquals(3, cells.size());
        for (JsonNode cell : cells) {
            int bits = cell.at("/target/vector_bits").intValue();
            boolean measured = cell.get("status").textValue().equals("measured");
            assertTrue(measured || bits > 128 && cell.get("reason").textValue().contains("-bit vectors here"), cell.toString());
            assertEquals(bits == 0 || !measured ? "" : "-XX:MaxVectorSize=" + bits / 8, cell.get("flags").textValue(), cell.toString());
            if (measured) {
                assertTrue(cell.at("/first_token/start_nanos").longValue() > 0, cell.toString());
                assertTrue(cell.at("/devices/0/driver").textValue().contains(bits == 0 ? "Server VM" : bits + "-bit vectors")
                        || bits == 0, cell.toString());
            }
        }
        assertTrue(run.out().contains("cpu, 128-bit vectors"), run.out());

        CliRun merged = CliRun.of("study", "--merge", folder.resolve("out/study.json").toString(),
                folder.resolve("out/study.json").toString(),
                "-o", folder.resolve("both").toString());
        assertEquals(ExitCode.SUCCESS, merged.code(), merged.err());
        assertTrue(merged.out().contains("here (2)"), merged.out());
        assertTrue(Files.readString(folder.resolve("both/report.html")).contains("here (2)"));
    }

    @Test
    void whatIsMergedIsNeverWrittenOver() throws IOException {
        Path own = Files.createDirectories(folder.resolve("own")).resolve("study.json");
        Files.copy(Path.of("../docs/examples/portability/study.json"), own);
        String before = Files.readString(own);
        Path linked = Files.createSymbolicLink(folder.resolve("linked"), own.getParent());
        for (Path into : List.of(own.getParent(), linked)) {
            CliRun run = CliRun.of("study", "--merge", own.toString(), own.toString(), "-o", into.toString());
            assertEquals(ExitCode.WRONG_USE, run.code(), run.err());
            assertTrue(run.err().contains("would replace " + own), run.err());
        }
        assertEquals(before, Files.readString(own));
        try (Stream<Path> files = Files.list(own.getParent())) {
            assertEquals(List.of(own), files.toList());
        }
    }

    @Test
    void unlikeStudiesAreMergedWithAWarning() throws IOException {
        Path own = Path.of("../docs/examples/portability/study.json");
        Path other = folder.resolve("other.json");
        String model = DemoGolden.parse(Files.readString(own)).at("/runs/0/model").textValue();
        Files.writeString(other, Files.readString(own).replace('"' + model + '"', "\"large.gguf\""));
        CliRun run = CliRun.of("study", "--merge", own.toString(), other.toString(), "-o", folder.resolve("out").toString());
        assertEquals(ExitCode.SUCCESS, run.code(), run.err());
        assertTrue(run.err().contains("The runs differ in their models: " + model + " on "), run.err());
        assertTrue(run.out().contains("MODEL") && run.out().contains("large.gguf"), run.out());
    }

    @Test
    void mergedStudiesGoToAFolderOfTheirOwn() throws IOException, InterruptedException {
        Path own = Files.createDirectories(folder.resolve("study")).resolve("study.json");
        Files.copy(Path.of("../docs/examples/portability/study.json"), own);
        List<String> command = program("study", "--merge", "study/study.json");
        Process process = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true)
                .redirectOutput(folder.resolve("log.txt").toFile()).start();
        awaitEnd(process);
        assertEquals(ExitCode.SUCCESS, process.exitValue(), Files.readString(folder.resolve("log.txt")));
        assertTrue(Files.exists(folder.resolve("merged/report.html")));
        try (Stream<Path> files = Files.list(own.getParent())) {
            assertEquals(List.of(own), files.toList());
        }
    }

    /** The command line of a JVM with the whole program. */
    private static List<String> program(String... args) {
        List<String> command = new ArrayList<>(StudyJvm.command(List.of()));
        command.removeLast();
        command.add(Main.class.getName());
        command.addAll(List.of(args));
        return command;
    }

    @Test
    void aDeviceThatIsGoneIsARowAndExitCodeOne() throws IOException {
        FaultyBackend invented = new FaultyBackend("gpu:0"); // which the cell's own JVM does not find
        CliRun run = CliRun.on(List.of(new CpuBackend.Provider().create(BackendOptions.defaults()), invented),
                "study", "--quick", "-p", "5", "-n", "2", "--devices", "gpu:0", "-o", folder.resolve("out").toString());
        assertEquals(ExitCode.FAILED, run.code(), run.err());
        assertEquals("failed", result().at("/cells/0/status").textValue());
        assertTrue(result().at("/cells/0/reason").textValue().contains("gpu:0"), result().toString());
        assertTrue(Files.readString(folder.resolve("out/report.html")).contains("gpu:0"));
    }

    @ParameterizedTest
    @CsvSource({"HUP, 129", "INT, 130", "TERM, 143"})
    void whatIsMeasuredBeforeTheEndIsKept(String signal, int code) throws IOException, InterruptedException {
        assumeHeard(signal);
        Path out = folder.resolve("out");
        List<String> command = program("study", "--quick", "--devices", "cpu:scalar", "-r", "1000000", "-o", out.toString(), "--quiet");
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(folder.resolve("log.txt").toFile()).start();
        awaitSample(out.resolve("study.json"));
        assertEquals(0, new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start().waitFor());
        awaitEnd(process);
        assertEquals(code, process.exitValue());
        JsonNode study = result();
        assertFalse(study.get("complete").booleanValue());
        assertEquals("incomplete", study.at("/cells/0/status").textValue(), Files.readString(folder.resolve("log.txt")));
        assertFalse(study.at("/cells/0/prefill/samples_nanos").isEmpty(), study.toString());
        assertEquals(List.of("report.html", "study.csv", "study.json"), written());
        assertTrue(Files.readString(out.resolve("report.html")).contains("ended before it was through"));
    }

    @Test
    void theReportOfACrashStaysAndTheRowNamesIt() throws IOException, InterruptedException {
        Path out = folder.resolve("out");
        Process process = new ProcessBuilder(program("study", "--quick", "--devices", "cpu:scalar", "-r", "1000000", "-o", out.toString(),
                "--quiet")).redirectErrorStream(true).redirectOutput(folder.resolve("log.txt").toFile()).start();
        awaitSample(out.resolve("study.json"));
        long cell = process.children().findFirst().orElseThrow().pid();
        assertEquals(0, new ProcessBuilder("kill", "-SEGV", Long.toString(cell)).start().waitFor()); // as a driver's fault does
        awaitEnd(process);
        assertEquals(ExitCode.FAILED, process.exitValue());
        String report = "crash-" + cell + ".log";
        assertEquals(List.of(report, "report.html", "study.csv", "study.json"), written());
        assertTrue(Files.readString(out.resolve(report)).contains("SIGSEGV"));
        assertEquals("failed", result().at("/cells/0/status").textValue());
        assertTrue(result().at("/cells/0/reason").textValue().contains("its report is " + report), result().toString());
    }

    private static void awaitEnd(Process process) throws InterruptedException {
        boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        assertTrue(ended, "it does not end");
    }

    private static void awaitSample(Path file) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (System.nanoTime() < end && !hasSample(file)) {
            Thread.sleep(100);
        }
    }

    /** Ctrl-C finds nothing to remove then; once cells are measured, a hook removes what there is. */
    @Test
    void nothingIsWrittenWhileDevicesAreListed() throws IOException {
        List<List<String>> seen = new ArrayList<>();
        CliRun run = CliRun.from(options -> {
            try {
                seen.add(written());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return Backends.discover(options);
        }, "study", "--quick", "--devices", "opencl:9:9", "-o", folder.resolve("out").toString());
        assertEquals(ExitCode.FAILED, run.code(), run.err());
        assertEquals(List.of(List.of()), seen);
    }

    /** Who starts the tests with nohup, or in the background of a script, lets all of their processes ignore these signals. */
    private static void assumeHeard(String signal) throws IOException, InterruptedException {
        int code = new ProcessBuilder("sh", "-c", "kill -" + signal + " $$; exit 0").start().waitFor();
        Assumptions.assumeTrue(code != 0, "SIG" + signal + " is ignored here");
    }

    private static boolean hasSample(Path file) throws IOException {
        return Files.exists(file) && Files.readString(file).contains("\"samples_nanos\"");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "2 | --types q3_k                     | --types expects stored, f32",
        "2 | --types ,                        | --types names no type",
        "2 | --devices ,                      | --devices names no device",
        "2 | -r 0                             | -r must be at least 1, not 0",
        "2 | -p 100000                        | the tests need 100001 positions, the model was made for 1024",
        "2 | --merge a.json -m b.gguf         | --merge measures nothing: leave out -m",
        "2 | --merge a.json --devices cpu     | --merge measures nothing: leave out --devices",
        "2 | --merge a.json --types q8_0      | --merge measures nothing: leave out --types",
        "2 | --merge a.json --quick           | --merge measures nothing: leave out --quick",
        "2 | --merge a.json --label here      | --merge measures nothing: leave out --label",
        "2 | --merge a.json -p 5              | --merge measures nothing: leave out -p",
        "2 | --merge a.json -n 5              | --merge measures nothing: leave out -n",
        "2 | --merge a.json -r 5              | --merge measures nothing: leave out -r",
        "2 | --merge a.json --threads 1       | --merge measures nothing: leave out -t",
        "1 | --merge none.json                | none.json is not there: expected a study.json",
        "1 | --devices opencl:9:9             | device opencl:9:9 is not there: expected one of cpu, cpu:scalar",
        "1 | -m none.gguf                     | none.gguf"
    })
    void badInputIsOneLineBeforeAnythingIsMeasured(int code, String more, String expected) throws IOException {
        List<String> args = new ArrayList<>(List.of("study", "-o", folder.resolve("out").toString()));
        args.addAll(List.of(more.strip().split(" +")));
        CliRun run = CliRun.of(args.toArray(String[]::new));
        assertEquals(code, run.code(), run.err());
        assertTrue(run.err().contains(expected), run.err());
        assertEquals(code == ExitCode.WRONG_USE ? 2 : 1, run.err().lines().count(), run.err());
        assertEquals("", run.out());
        assertTrue(!Files.exists(folder.resolve("out")) || written().isEmpty(), "nothing is left");
    }
}
