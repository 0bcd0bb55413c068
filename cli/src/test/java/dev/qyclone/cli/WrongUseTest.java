package dev.qyclone.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Wrong use: exit code 2, nothing on stdout, a line that names the mistake and one that names the help. */
class WrongUseTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "logits -m x --ids a,b            | expected token ids such as 1,2,3, got 'a,b'",
        "logits -m x --ids 1,,2           | expected token ids such as 1,2,3",
        "logits -m x --ids 99999999999    | expected token ids such as 1,2,3",
        "logits --ids 1                   | Missing required option: '--model=MODEL'",
        "logits -m x --ids 1 --ctx 0      | --ctx must be at least 1, not 0",
        "logits -m x --ids 1 --threads 0  | --threads must be at least 1, not 0",
        "logits -m x --ids 1 --chunk -3   | --chunk must be at least 1, not -3",
        "logits -m x --ids 1 --kv f99     | expected one of [F32, F16]",
        "logits -m x --ids 1 --thraeds 2  | Did you mean: --threads?",
        "generate-ids -m x --ids 1 -n -1  | -n must be at least 0, not -1",
        "generate-ids -m x --ids 1 -n two | 'two' is not an int",
        "tokenize -m x --vocab y TEXT     | mutually exclusive",
        "tokenize -m x                    | Missing required argument",
        "run --prompts x TEXT             | do not go together",
        "run --prompts -                  | has no prompt",
        "inspect                          | Missing required parameter: 'MODEL'",
        "nonsense                         | 'nonsense'",
        "--nonsense                       | Unknown option: '--nonsense'"
    })
    void isAnsweredInOneLine(String command, String expected) {
        CliRun run = CliRun.of(command.split(" +"));
        assertEquals(ExitCode.WRONG_USE, run.code(), run.err());
        assertEquals("", run.out());
        assertTrue(run.err().startsWith("qyclone: "), run.err());
        assertTrue(run.err().contains(expected), run.err());
        assertTrue(run.err().lines().count() <= 3, run.err());
        assertTrue(run.err().lines().toList().getLast().matches("Try 'qyclone.* --help'\\."), run.err());
    }

    /** A command alone is looked for by this name, and found by picocli under its own. */
    @Test
    void commandsHaveTheNamesThatTheirClassesGiveThem() {
        CommandLineProgram program = new CommandLineProgram(Streams.ofProcess());
        assertEquals(List.copyOf(program.commandLine().getSubcommands().keySet()), List.copyOf(program.commands().keySet()));
    }

    @Test
    void noCommandListsThem() {
        CliRun run = CliRun.of();
        assertEquals(ExitCode.WRONG_USE, run.code());
        assertTrue(run.err().contains("run, chat, inspect, tokenize"), run.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "--help", "run --help", "chat --help", "inspect --help", "tokenize --help", "logits --help", "generate-ids --help",
        "devices --help", "doctor --help", "synth --help", "bench --help", "completion --help"
    })
    void helpGoesToStdout(String command) {
        CliRun run = CliRun.of(command.split(" "));
        assertEquals(ExitCode.SUCCESS, run.code());
        assertEquals("", run.err());
        assertTrue(run.out().contains("Usage: qyclone"), run.out());
        assertTrue(run.out().contains("Example"), run.out());
    }

    @Test
    void versionNamesTheProgram() {
        CliRun run = CliRun.of("--version");
        assertEquals(ExitCode.SUCCESS, run.code());
        assertTrue(run.out().startsWith("qyclone "), run.out());
    }

    @Test
    void completionKnowsEveryCommand() {
        CliRun run = CliRun.of("completion");
        assertEquals(ExitCode.SUCCESS, run.code());
        for (String command : new String[] {"inspect", "tokenize", "logits", "generate-ids", "run", "--device", "--ids"}) {
            assertTrue(run.out().contains(command), command);
        }
        assertFalse(run.out().isEmpty());
    }
}
