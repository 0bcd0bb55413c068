package dev.qyclone.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many prompts in one run: the answers of single runs, with common beginnings computed once. */
class RunPromptsTest {
    private static final String COMMON = "Once upon a time there was a king who had three daughters, and";
    private static final List<String> PROMPTS = List.of(COMMON + " the first", COMMON + " the youngest", "The sea", COMMON + " the first");

    @TempDir
    private Path folder;
    private String file;

    @BeforeEach
    void write() throws IOException {
        file = Files.writeString(folder.resolve("prompts.txt"), String.join("\n\n", PROMPTS) + "\n").toString();
    }

    @Test
    void theAnswersAreThoseOfSingleRuns() {
        String single = PROMPTS.stream().map(prompt -> CliRun.of("run", "--quiet", "--greedy", "-n", "12", prompt).out())
                .collect(Collectors.joining());
        CliRun run = CliRun.of("run", "--quiet", "--greedy", "-n", "12", "--prompts", file);
        assertEquals(ExitCode.SUCCESS, run.code());
        assertEquals(single, run.out());
        assertEquals("", run.err());
        CliRun piped = CliRun.withInput(String.join("\n", PROMPTS), "run", "--quiet", "--greedy", "-n", "12", "--prompts", "-");
        assertEquals(single, piped.out());
    }

    @Test
    void whatWasReusedIsSaid() {
        CliRun run = CliRun.of("run", "--greedy", "-n", "2", "--json", "--prompts", file);
        List<JsonNode> answers = run.out().lines().map(DemoGolden::parse).toList();
        int[] kept = answers.stream().mapToInt(answer -> answer.get("statistics").get("keptTokens").intValue()).toArray();
        int[] prompt = answers.stream().mapToInt(answer -> answer.get("statistics").get("promptTokens").intValue()).toArray();
        assertEquals(0, kept[0]);
        assertTrue(kept[1] > 10 && kept[1] < prompt[1], kept[1] + " of " + prompt[1]);
        assertEquals(0, kept[2]);
        assertEquals(prompt[3] - 1, kept[3]); // all but the last, whose logits are needed
        for (int i = 0; i < PROMPTS.size(); i++) {
            String line = "qyclone: prompt " + (i + 1) + " of 4: " + kept[i] + " of " + prompt[i] + " tokens reused";
            assertTrue(run.err().lines().anyMatch(line::equals), run.err());
        }
    }

    @Test
    void aFileThatIsNotThereIsNamed() {
        CliRun run = CliRun.of("run", "--quiet", "--prompts", folder.resolve("none.txt").toString());
        assertEquals(ExitCode.FAILED, run.code());
        assertTrue(run.err().contains("none.txt cannot be read"), run.err());
    }
}
