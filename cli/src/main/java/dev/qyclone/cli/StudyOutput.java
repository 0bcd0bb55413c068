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
import java.util.UUID;
import java.util.stream.Stream;

/** The folder that a study writes into, one thread at a time: what is written last, when the program is being ended, stays. */
final class StudyOutput {
    static final String JSON = "study.json";
    static final String CSV = "study.csv";
    static final String HTML = "report.html";

    private final Path folder;
    private final Path scratch;
    private boolean ended;

    private StudyOutput(Path folder, Path scratch) {
        this.folder = folder;
        this.scratch = scratch;
    }

    /** Makes the folder, and nothing in it. */
    static StudyOutput in(Path folder) {
        try {
            Files.createDirectories(folder);
            return new StudyOutput(folder, folder.toAbsolutePath().resolve(".study-" + UUID.randomUUID()));
        } catch (IOException e) {
            throw cannotBeWritten(folder, e);
        }
    }

    private static EngineException cannotBeWritten(Path folder, IOException e) {
        return new EngineException(ErrorCode.WRITE_FAILED, "the folder " + folder + " cannot be written", e).got(e)
                .remedy("name another one with -o");
    }

    /** Makes the scratch folder, once somebody is there to remove it whatever comes. Whether the folder can be written shows here. */
    synchronized void makeScratch() {
        try {
            if (!ended) {
                Files.createDirectory(scratch);
            }
        } catch (IOException e) {
            throw cannotBeWritten(folder, e);
        }
    }

    /** True if a study in a folder is written over a file that is there. */
    static boolean writes(Path folder, Path file) {
        return Stream.of(JSON, CSV, HTML).map(folder::resolve).anyMatch(written -> same(written, file));
    }

    private static boolean same(Path written, Path file) {
        try {
            return Files.exists(written) && Files.exists(file) && Files.isSameFile(written, file);
        } catch (IOException e) {
            throw new EngineException(ErrorCode.FILE_NOT_FOUND, file + " cannot be compared with " + written, e).got(e);
        }
    }

    /** A folder in it that {@link #makeScratch} makes and {@link #tidy} removes. */
    Path scratch() {
        return scratch;
    }

    /** Where all files are. */
    Path folder() {
        return folder;
    }

    synchronized void writeJson(Study study) {
        if (!ended) {
            StudyFile.write(folder.resolve(JSON), StudyFile.text(study));
        }
    }

    /** Writes all files; nothing after it writes any. */
    synchronized void writeLast(Study study) {
        writeJson(study);
        ended = true;
        StudyFile.write(folder.resolve(CSV), StudyCsv.text(study));
        StudyFile.write(folder.resolve(HTML), HtmlReport.text(study));
    }

    /** Removes the scratch folder, if it is still there. */
    synchronized void tidy() {
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
