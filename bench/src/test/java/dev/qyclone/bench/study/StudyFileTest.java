package dev.qyclone.bench.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StudyFileTest {
    @TempDir
    private Path folder;

    @Test
    void whatIsWrittenFollowsTheSchemaAndIsReadAgain() throws IOException {
        Study study = StudySamples.of("a");
        Path file = folder.resolve("study.json");
        Files.writeString(file, "an older one");
        StudyFile.write(file, StudyFile.text(study));
        assertEquals(List.of(), StudySchema.errors(Files.readString(file)));
        assertEquals(study, StudyFile.read(file));
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(file), left.toList());
        }
    }

    @Test
    void theSchemaRefusesWhatIsNoStudy() {
        String text = StudyFile.text(StudySamples.of("a"));
        assertFalse(StudySchema.errors("{}").isEmpty());
        assertFalse(StudySchema.errors(text.replace("\"version\" : 1", "\"version\" : 2")).isEmpty());
        assertFalse(StudySchema.errors(text.replace("\"measured\"", "\"splendid\"")).isEmpty());
        assertFalse(StudySchema.errors(text.replace("\"relative_l2\"", "\"relative_l1\"")).isEmpty());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "BAD_FILE       | not JSON                                     | is not a study",
        "BAD_FILE       | []                                           | is not a study",
        "BAD_FILE       | {'format':'qyclone-study','version':2}       | was written by another version",
        "BAD_FILE       | {'format':'qyclone-study','version':1}       | is not a study",
        "FILE_NOT_FOUND |                                              | is not there"
    })
    void anotherFileIsRefusedInALine(ErrorCode code, String content, String words) throws IOException {
        Path file = folder.resolve("other.json");
        if (content != null) {
            Files.writeString(file, content.replace('\'', '"'));
        }
        EngineException refusal = assertThrows(EngineException.class, () -> StudyFile.read(file));
        assertEquals(code, refusal.code());
        assertTrue(refusal.getMessage().contains("other.json " + words), refusal.getMessage());
        assertEquals(1, refusal.getMessage().lines().count());
    }

    @Test
    void mergedRunsKeepTheirCellsAndGetLabelsOfTheirOwn() {
        Study merged = Study.merged(List.of(StudySamples.of("a"), StudySamples.of("a"), StudySamples.of("b")));
        assertEquals(List.of("a", "a (2)", "b"), merged.runs().stream().map(RunFacts::label).toList());
        int each = StudySamples.of("a").cells().size();
        assertEquals(3 * each, merged.cells().size());
        for (RunFacts run : merged.runs()) {
            assertEquals(each, merged.cells().stream().filter(cell -> merged.runOf(cell).equals(run)).count());
        }
        assertFalse(merged.complete());
        assertTrue(merged.hasFaults());
        assertEquals(List.of(), StudySchema.errors(StudyFile.text(merged)));
    }

    @Test
    void modelsAreNamedByAsMuchAsTellsThemApart() {
        RunFacts run = StudySamples.of("a").runs().getFirst();
        RunFacts other = new RunFacts("b", true, run.began(), run.ended(), run.model(), "qwen2 494M Q4_0", 1, 1, run.settings(),
                run.environment(), List.of());
        RunFacts third = new RunFacts("c", true, run.began(), run.ended(), run.model(), "qwen2 494M Q4_0", 2, 1, run.settings(),
                run.environment(), List.of());
        RunDifferences one = new RunDifferences(Study.of(List.of(run, run.labelled("b")), List.of()));
        assertFalse(one.severalModels());
        assertEquals(List.of(), one.sentences());
        RunDifferences two = new RunDifferences(Study.of(List.of(run, other), List.of()));
        assertEquals("model.gguf (qwen2 494M Q4_0)", two.model(other));
        assertEquals(List.of("The runs differ in their models: model.gguf (qwen2 494M Q8_0) on a; model.gguf (qwen2 494M Q4_0) on b."),
                two.sentences());
        RunDifferences three = new RunDifferences(Study.of(List.of(run, other, third), List.of()));
        assertEquals("model.gguf (qwen2 494M Q4_0, 2 bytes)", three.model(third));
    }

    @Test
    void theTableForSpreadsheetsHasALineForEachCell() throws IOException {
        Study study = StudySamples.of("a");
        List<Map<String, String>> rows = table(StudyCsv.text(study));
        assertEquals(study.cells().size(), rows.size());
        JsonNode cells = StudyFile.MAPPER.readTree(StudyFile.text(study)).get("cells");
        for (int i = 0; i < rows.size(); i++) {
            Map<String, String> row = rows.get(i);
            JsonNode cell = cells.get(i);
            assertEquals(cell.get("status").textValue(), row.get("status"));
            assertEquals(cell.at("/target/type").textValue(), row.get("type"));
            assertEquals(cell.get("note").textValue(), row.get("note"));
            assertEquals(cell.at("/parity/max_kl").asText(), row.get("max_kl"));
            assertEquals(cell.at("/parity_to_stored/relative_l2").asText(), row.get("parity_to_stored_relative_l2"));
            assertEquals(cell.at("/first_token/second_nanos").asText(), row.get("second_ns"));
            assertEquals(cell.at("/first_token/jvm_compile_nanos").asText(), row.get("jvm_compile_ns"));
        }
        assertEquals("4.0E-12", rows.getFirst().get("max_kl"));
        assertEquals("0.3", rows.get(4).get("parity_to_stored_relative_l2"));
        assertEquals("90000000", rows.getFirst().get("second_ns"));
    }

    @Test
    void aReasonMayHoldQuotesCommasAndLines() {
        Study study = StudySamples.of("a");
        String reason = "it said \"no, never\",\nand ended\n";
        Cell cell = Cell.without("a", study.cells().getFirst().target(), "stored", Status.NOT_RUN, reason);
        List<Map<String, String>> rows = table(StudyCsv.text(Study.of(study.runs(), List.of(cell, study.cells().get(1)))));
        assertEquals(2, rows.size());
        assertEquals(reason, rows.getFirst().get("reason"));
        assertEquals("not_run", rows.getFirst().get("status"));
        assertEquals("256", rows.get(1).get("vector_bits"));
    }

    /** Read by the rules of RFC 4180: quoted values, with quotes doubled; the first line has the names. */
    private static List<Map<String, String>> table(String csv) {
        List<List<String>> lines = new ArrayList<>(List.of(new ArrayList<>()));
        StringBuilder value = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < csv.length(); i++) {
            char c = csv.charAt(i);
            if (quoted && c == '"' && i + 1 < csv.length() && csv.charAt(i + 1) == '"') {
                value.append(csv.charAt(++i));
            } else if (c == '"') {
                quoted = !quoted;
            } else if (!quoted && (c == ',' || c == '\n')) {
                lines.getLast().add(value.toString());
                value.setLength(0);
                if (c == '\n') {
                    lines.add(new ArrayList<>());
                }
            } else {
                value.append(c);
            }
        }
        assertEquals(List.of(), lines.removeLast(), "the file ends with a line");
        List<String> names = lines.removeFirst();
        List<Map<String, String>> rows = new ArrayList<>();
        for (List<String> line : lines) {
            assertEquals(names.size(), line.size(), line.toString());
            Map<String, String> row = new HashMap<>();
            for (int i = 0; i < names.size(); i++) {
                row.put(names.get(i), line.get(i));
            }
            rows.add(row);
        }
        return rows;
    }

    @Test
    void meansAndDeviationsAreThoseOfTheSamples() {
        // 10 tokens in 1, 2 and 4 seconds: 10, 5 and 2.5 per second; mean 35/6, variance of a sample (n - 1) 14.58333.
        Speed speed = Speed.of("tg10", 10, List.of(1_000_000_000L, 2_000_000_000L, 4_000_000_000L));
        assertEquals(17.5 / 3, speed.meanPerSecond(), 1e-12);
        assertEquals(Math.sqrt(14.583333333333334), speed.deviationPerSecond(), 1e-12);
        assertEquals(0, Speed.of("tg10", 10, List.of(5L)).deviationPerSecond());
    }
}
