package dev.qyclone.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.Writer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Text in, text out, on the demo model. */
class RunCommandTest {
    private static final DemoGolden FIRST = DemoGolden.all().getFirst();

    static List<DemoGolden> goldens() {
        return DemoGolden.all();
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void writesWhatHuggingFaceWrites(DemoGolden golden) {
        CliRun run = CliRun.of("run", "--greedy", "-n", Integer.toString(golden.greedy().length), golden.text());
        assertEquals(ExitCode.SUCCESS, run.code(), run.err());
        assertEquals(golden.greedyText() + "\n", run.out());
    }

    @Test
    void theReferenceOpsWriteTheSame() {
        CliRun run = CliRun.of("run", "--greedy", "--quiet", "-n", "48", "--device", "cpu:scalar", "--chunk", "3", FIRST.text());
        assertEquals(FIRST.greedyText() + "\n", run.out());
    }

    @Test
    void saysWhichModelRunsWhereAndHowFast() {
        CliRun run = CliRun.of("run", "-n", "2", "The", "king");
        assertEquals(ExitCode.SUCCESS, run.code(), run.err());
        assertTrue(run.err().lines().anyMatch(line -> line.contains("demo model")), run.err());
        assertTrue(run.err().lines().anyMatch(line -> line.startsWith("qyclone: layers 0-6 on cpu (")), run.err());
        String last = run.err().lines().toList().getLast();
        for (String part : List.of("load ", "first token ", "prefill ", "decode 2 tokens", "memory ", "ended by length")) {
            assertTrue(last.contains(part), last);
        }
        assertFalse(run.err().contains("\r"), "a progress bar without a terminal");
    }

    @Test
    void onATerminalALongPromptHasABarAndAShortOneIsRepeated() {
        CliRun longer = CliRun.watched("run", "-n", "1", "--chunk", "64", "once upon a time ".repeat(100));
        assertTrue(longer.err().contains("\rprefill") && longer.err().contains("402 tokens"), longer.err());
        CliRun shorter = CliRun.watched("run", "--greedy", "-n", "48", FIRST.text());
        assertFalse(shorter.err().contains("\r"), shorter.err());
        assertTrue(shorter.err().contains(FIRST.text()), shorter.err());
        assertEquals(FIRST.greedyText() + "\n", shorter.out());
    }

    @Test
    void quietIsQuiet() {
        CliRun run = CliRun.of("run", "--quiet", "-n", "3", "The king");
        assertEquals("", run.err());
        assertFalse(run.out().isBlank());
    }

    @Test
    void printsJson() {
        CliRun run = CliRun.of("run", "--json", "--greedy", "-n", "5", FIRST.text());
        JsonNode json = DemoGolden.parse(run.out());
        assertEquals(1, run.out().lines().count());
        assertTrue(FIRST.greedyText().startsWith(json.get("text").textValue()), run.out());
        assertArrayEquals(Arrays.copyOf(FIRST.greedy(), 5), DemoGolden.ints(json.get("ids")));
        assertEquals("length", json.get("ended").textValue());
        JsonNode statistics = json.get("statistics");
        assertEquals(FIRST.ids().length, statistics.get("promptTokens").intValue());
        assertEquals(5, statistics.get("tokens").intValue());
        assertTrue(statistics.get("decodeTokensPerSecond").doubleValue() > 0, run.out());
        assertTrue(statistics.get("weightBytes").longValue() > 4_000_000, run.out());
    }

    @Test
    void readsThePromptFromAPipe() {
        CliRun run = CliRun.withInput(FIRST.text() + "\n", "run", "--greedy", "-n", "48");
        assertEquals(FIRST.greedyText() + "\n", run.out(), run.err());
    }

    @Test
    void stopsBeforeAStopText() {
        CliRun run = CliRun.of("run", "--greedy", "--stop", "queen", "--stop", "no such text", FIRST.text());
        assertEquals(FIRST.greedyText().substring(0, FIRST.greedyText().indexOf("queen")) + "\n", run.out());
        assertTrue(run.err().contains("ended by stop"), run.err());
    }

    @Test
    void aSeedFixesTheText() {
        String[] command = {"run", "--temperature", "1.5", "-n", "24", "--seed", "7", "The wolf"};
        String once = CliRun.of(command).out();
        assertEquals(once, CliRun.of(command).out());
        command[6] = "8";
        assertNotEquals(once, CliRun.of(command).out());
    }

    @Test
    void nothingAskedForIsNothingWritten() {
        CliRun run = CliRun.of("run", "-n", "0", "The wolf");
        assertEquals(ExitCode.SUCCESS, run.code(), run.err());
        assertEquals("\n", run.out());
    }

    @Test
    void endsWhereTheContextEnds() {
        CliRun run = CliRun.of("run", "--greedy", "--ctx", "8", "-n", "100", FIRST.text());
        assertEquals(ExitCode.SUCCESS, run.code(), run.err());
        assertTrue(run.err().contains("decode 4 tokens") && run.err().contains("ended by length"), run.err());
    }

    @Test
    void anEmptyPromptIsWrongUse() {
        for (CliRun run : List.of(CliRun.of("run", ""), CliRun.of("run"))) {
            assertEquals(ExitCode.WRONG_USE, run.code(), run.err());
            assertTrue(run.err().contains("prompt is empty"), run.err());
        }
    }

    @Test
    void endsQuietlyWhenNobodyReads() {
        StringWriter err = new StringWriter();
        PrintWriter closed = new PrintWriter(new Writer() {
            @Override
            public void write(char[] text, int from, int length) throws IOException {
                throw new IOException("Broken pipe");
            }

            @Override
            public void flush() throws IOException {
                throw new IOException("Broken pipe");
            }

            @Override
            public void close() {
            }
        });
        Streams streams = new Streams(new BufferedReader(new StringReader("")), closed, new PrintWriter(err), false, false, false);
        assertEquals(ExitCode.SUCCESS, new CommandLineProgram(streams).run("run", "--quiet", "The wolf"));
        assertEquals("", err.toString());
    }
}
