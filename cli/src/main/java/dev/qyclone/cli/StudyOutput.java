package dev.qyclone.cli;

import dev.qyclone.bench.study.Study;
import dev.qyclone.bench.study.StudyCsv;
import dev.qyclone.bench.study.StudyFile;
import dev.qyclone.bench.study.report.HtmlReport;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The folder that a study writes into.
 *
 * @param scratch a folder in it that is removed at the end
 */
record StudyOutput(Path folder, Path scratch) {
    static final String JSON = "study.json";
    static final String CSV = "study.csv";
    static final String HTML = "report.html";

    /** Makes the folder; whether it can be written shows before anything is measured. */
    static StudyOutput in(Path folder) {
        try {
            Files.createDirectories(folder);
            return new StudyOutput(folder, Files.createTempDirectory(folder.toAbsolutePath(), ".study-"));
        } catch (IOException e) {
            throw new EngineException(ErrorCode.WRITE_FAILED, "the folder " + folder + " cannot be written", e).got(e)
                    .remedy("name another one with -o");
        }
    }

    void writeJson(Study study) {
        StudyFile.write(folder.resolve(JSON), StudyFile.text(study));
    }

    void writeAll(Study study) {
        writeJson(study);
        StudyFile.write(folder.resolve(CSV), StudyCsv.text(study));
        StudyFile.write(folder.resolve(HTML), HtmlReport.text(study));
    }

    /** Removes the scratch folder, if it is still there. */
    void tidy() {
        if (!Files.exists(scratch)) {
            return;
        }
        try (Stream<Path> all = Files.walk(scratch)) {
            List<Path> deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
            for (Path path : deepestFirst) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new EngineException(ErrorCode.WRITE_FAILED, scratch + " cannot be removed", e).got(e.getMessage());
        }
    }
}
