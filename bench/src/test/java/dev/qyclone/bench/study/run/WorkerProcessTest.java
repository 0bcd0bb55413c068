package dev.qyclone.bench.study.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.bench.study.CellTarget;
import dev.qyclone.bench.study.StudyFile;
import dev.qyclone.bench.study.StudySettings;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.stage.Backends;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is made of the ends of a cell's JVM, of which a shell plays the part here. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "there is no sh")
class WorkerProcessTest {
    private static final CellSpec SPEC = new CellSpec("model.gguf", new CellTarget("stored", List.of("cpu"), 0, "auto"), null,
            new StudySettings(9, 3, 1, 0, 100, 0, List.of(1), 1, 1), null, 0);

    @TempDir
    private Path folder;

    /** A cell's JVM that reads the first line, which says what it is, and then does this. */
    private WorkerProcess shell(String script) {
        return WorkerProcess.start(List.of("sh", "-c", "read -r spec; " + script), SPEC, folder);
    }

    /** Who starts the tests with nohup, or in the background of a script, lets all of their processes ignore these signals. */
    private static void assumeHeard(String signal) throws IOException, InterruptedException {
        int code = new ProcessBuilder("sh", "-c", "kill -" + signal + " $$; exit 0").start().waitFor();
        Assumptions.assumeTrue(code != 0, "SIG" + signal + " is ignored here");
    }

    @ParameterizedTest
    @CsvSource({"HUP, true, 129", "INT, true, 130", "TERM, true, 143", "KILL, false, 137", "SEGV, false, 139"})
    void signalsThatUsersSendAreToldFromCrashes(String signal, boolean interrupted, int code) throws IOException, InterruptedException {
        assumeHeard(signal);
        try (WorkerProcess worker = shell("kill -" + signal + " $$; sleep 5")) {
            EngineException end = assertThrows(EngineException.class, worker::prepare);
            assertTrue(end.getMessage().contains("(exit code " + code + ")"), end.getMessage());
            assertEquals(interrupted, worker.interrupted());
            assertFalse(end.getMessage().contains("report"), end.getMessage());
        }
    }

    @Test
    void whatADriverWritesToStdoutIsNoAnswer() {
        String answer = "qyclone-study:{\"ok\":true,\"value\":42}";
        try (WorkerProcess worker = shell("read -r line; echo '{\"ok\":true,\"value\":1}'; printf '{ \"half\"'; echo '" + answer
                + "'; read -r end")) {
            assertEquals(42, worker.prefill());
        }
    }

    /** A worker that serves answers in the form that this end reads. */
    @Test
    void answersAreMarked() throws IOException {
        List<String> answers = new ArrayList<>();
        String lines = StudyFile.MAPPER.writeValueAsString(SPEC) + "\n{\"do\":\"prepare\"}\n";
        StudyWorker.serve(new BufferedReader(new StringReader(lines)), answers::add, Backends::discover);
        assertEquals(1, answers.size());
        assertTrue(answers.getFirst().startsWith("qyclone-study:{\"ok\":false,\"code\":\"FILE_NOT_FOUND\""), answers.toString());
    }

    @Test
    void aCrashIsAReasonThatNamesTheReport() throws IOException {
        try (WorkerProcess worker = shell("echo broken > '" + folder + "'/crash-$$.log; kill -SEGV $$; sleep 5")) {
            EngineException end = assertThrows(EngineException.class, worker::prepare);
            Path report;
            try (Stream<Path> files = Files.list(folder)) {
                report = files.findFirst().orElseThrow();
            }
            assertTrue(end.getMessage().endsWith("; its report is " + report.getFileName() + " beside study.json"), end.getMessage());
        }
    }
}
