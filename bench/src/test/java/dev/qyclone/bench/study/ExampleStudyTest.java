package dev.qyclone.bench.study;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.qyclone.bench.study.report.HtmlReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The example in the documentation is what the program would make of its figures today. */
class ExampleStudyTest {
    private static final Path EXAMPLE = Path.of("../docs/examples/portability");
    private static final String REMEDY = "write it anew with: ./qyclone study --merge docs/examples/portability/study.json";

    @Test
    void theFiguresFollowTheSchema() throws IOException {
        assertEquals(List.of(), StudySchema.errors(Files.readString(EXAMPLE.resolve("study.json"))));
    }

    @Test
    void pageAndTableAreMadeOfTheFigures() throws IOException {
        Study study = StudyFile.read(EXAMPLE.resolve("study.json"));
        assertEquals(StudyCsv.text(study), Files.readString(EXAMPLE.resolve("study.csv")), REMEDY);
        assertEquals(HtmlReport.text(study), Files.readString(EXAMPLE.resolve("report.html")), REMEDY);
    }
}
