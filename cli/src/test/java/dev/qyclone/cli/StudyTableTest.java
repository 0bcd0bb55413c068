package dev.qyclone.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.bench.study.StudyFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StudyTableTest {
    @TempDir
    private Path folder;

    /** The example's first cell with another status. */
    private List<String> firstLines(String status, String note) throws IOException {
        String text = Files.readString(Path.of("../docs/examples/portability/study.json"))
                .replaceFirst("\"status\" : \"measured\",\\s*\"reason\" : \"\"",
                        "\"status\" : \"" + status + "\", \"reason\" : \"so it is\"")
                .replaceFirst("\"note\" : \"\"", "\"note\" : \"" + note + "\"");
        Path file = Files.writeString(folder.resolve("study.json"), text);
        return StudyTable.of(StudyFile.read(file)).toString().lines().skip(1).limit(3).map(String::strip).toList();
    }

    @Test
    void wrongResultsHaveNoSpeedAndOthersKeepTheirs() throws IOException {
        List<String> wrong = firstLines("wrong", "and more");
        assertTrue(wrong.getFirst().matches("cpu:scalar +Q8_0 +- +- .*wrong"), wrong.toString());
        assertEquals(List.of("so it is", "and more"), wrong.subList(1, 3));
        List<String> failed = firstLines("failed", "");
        assertTrue(failed.getFirst().matches("cpu:scalar +Q8_0 +[0-9.]+ +[0-9.]+ .*failed"), failed.toString());
    }
}
