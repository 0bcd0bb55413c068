package dev.qyclone.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.faulty.Fault;
import dev.qyclone.engine.faulty.FaultyBackend;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A conversation from a pipe, with the demo model. */
class ChatCommandTest {
    private static final String WOLF = "Tell me a story about a wolf.";

    private static final String[] CHAT = {"chat", "--greedy", "--quiet", "-n", "8", "--device", "cuda:0:0"};

    private static CliRun chat(String input, String... options) {
        String[] command = new String[options.length + 3];
        command[0] = "chat";
        command[1] = "--greedy";
        command[2] = "--quiet";
        System.arraycopy(options, 0, command, 3, options.length);
        return CliRun.withInput(input, command);
    }

    @Test
    void answersEveryLine() {
        CliRun run = chat(WOLF + "\n\n" + WOLF + "\n", "-n", "8");
        assertEquals(ExitCode.SUCCESS, run.code(), run.err());
        assertEquals("", run.err());
        assertEquals(2, run.out().lines().filter(line -> !line.isBlank()).count(), run.out());
    }

    @Test
    void answersAsTheSameTextInChatMlDoes() {
        String prompt = "<|im_start|>user\n" + WOLF + "<|im_end|>\n<|im_start|>assistant\n";
        CliRun run = CliRun.of("run", "--greedy", "--quiet", "--special", "-n", "16", prompt);
        assertEquals(run.out(), chat(WOLF, "-n", "16").out());
        assertFalse(run.out().isBlank());
    }

    @Test
    void keepsWhatItHasComputed() {
        CliRun run = chat(WOLF + "\n/stats\n" + WOLF + "\n/stats\n", "-n", "12");
        List<String> lines = run.err().lines().toList();
        assertEquals(2, lines.size(), run.err());
        assertFalse(lines.getFirst().contains("kept"), lines.getFirst());
        Matcher kept = Pattern.compile("prefill (\\d+) tokens.* \\((\\d+) kept\\).* of 1024 tokens").matcher(lines.getLast());
        assertTrue(kept.find(), lines.getLast());
        Matcher first = Pattern.compile("prefill (\\d+) tokens.*decode 12 tokens").matcher(lines.getFirst());
        assertTrue(first.find(), lines.getFirst());
        // All but the answer's last token, whose keys and values nothing has asked for yet.
        assertEquals(Integer.parseInt(first.group(1)) + 11, Integer.parseInt(kept.group(2)), lines.getLast());
    }

    @Test
    void forgetsOnReset() {
        CliRun run = chat(WOLF + "\n/reset\n" + WOLF + "\n", "-n", "16");
        List<String> answers = run.out().lines().toList();
        assertEquals(answers.getFirst(), answers.getLast());
        assertEquals(2, answers.size(), run.out());
    }

    @Test
    void takesASystemPromptFromTheOptionAndFromTheChat() {
        CliRun option = chat(WOLF, "-n", "16", "--system", "You tell of castles.");
        CliRun line = chat("/system You tell of castles.\n" + WOLF, "-n", "16");
        assertEquals(option.out(), line.out());
        assertFalse(option.out().equals(chat(WOLF, "-n", "16").out()), "the system prompt changes nothing");
    }

    @Test
    void quitsWhenToldAndNamesItsCommands() {
        CliRun run = chat("/nonsense\n/help\n/quit\n" + WOLF + "\n");
        assertEquals(ExitCode.SUCCESS, run.code());
        assertEquals("", run.out());
        assertTrue(run.err().contains("there is no /nonsense; there are /help, /quit, /reset, /stats, /system"), run.err());
        assertTrue(run.err().contains("forget the conversation"), run.err());
    }

    @Test
    void refusesATurnThatDoesNotFitAndGoesOn() {
        String tooLong = "word ".repeat(200);
        CliRun run = chat(tooLong + "\n" + WOLF + "\n", "-n", "4", "--ctx", "64");
        assertEquals(ExitCode.FAILED, run.code());
        assertEquals(1, run.err().lines().count(), run.err());
        assertTrue(run.err().contains("context"), run.err());
        assertEquals(1, run.out().lines().filter(line -> !line.isBlank()).count(), run.out());
    }

    @ParameterizedTest
    @EnumSource(value = ErrorCode.class, names = {"DEVICE_FAILED", "DEVICE_UNAVAILABLE", "OUT_OF_MEMORY", "NON_FINITE"})
    void aDeviceThatFailsInATurnEndsThatTurnOnly(ErrorCode code) {
        FaultyBackend device = new FaultyBackend("cuda:0:0");
        BufferedReader lines = new BufferedReader(new StringReader(WOLF + "\nAnd then?\n" + WOLF + "\n")) {
            @Override
            public String readLine() throws IOException {
                String line = super.readLine();
                if (line != null && line.startsWith("And")) {
                    device.put(new Fault.FailureInLayer(3, code));
                } else {
                    device.heal();
                }
                return line;
            }
        };
        CliRun run = CliRun.on(List.of(device), lines, new StringWriter(), CHAT);
        assertEquals(ExitCode.FAILED, run.code());
        assertEquals(1, run.err().lines().count(), run.err());
        assertTrue(run.err().contains("cuda:0:0") && run.err().endsWith("; /reset starts anew\n"), run.err());
        CliRun without = CliRun.on(List.of(new FaultyBackend("cuda:0:0")),
                new BufferedReader(new StringReader(WOLF + "\n" + WOLF + "\n")), new StringWriter(), CHAT);
        assertEquals(without.out(), run.out(), "as if the turn had not been");
        assertEquals(0, device.openThings());
    }

    @Test
    void anAnswerThatADeviceBreaksOffStandsOnALineOfItsOwn() {
        FaultyBackend device = new FaultyBackend("cuda:0:0");
        StringWriter out = new StringWriter() {
            private int pieces;

            @Override
            public void write(String text, int from, int count) {
                super.write(text, from, count);
                pieces++;
                if (pieces == 3) {
                    device.put(new Fault.NanInLayer(2));
                } else if (text.equals("\n")) {
                    device.heal();
                }
            }
        };
        CliRun run = CliRun.on(List.of(device), new BufferedReader(new StringReader(WOLF + "\n/stats\n" + WOLF + "\n")), out, CHAT);
        List<String> answers = run.out().lines().toList();
        assertEquals(2, answers.size(), run.out());
        assertTrue(answers.getLast().startsWith(answers.getFirst()) && answers.getLast().length() > answers.getFirst().length(), run.out());
        List<String> lines = run.err().lines().toList();
        assertEquals(2, lines.size(), run.err());
        assertTrue(lines.getLast().contains("context 0 of "), "nothing is kept of what may be wrong: " + run.err());
    }

    @Test
    void resetGivesTheMemoryBack() {
        CliRun run = chat(WOLF + "\n/reset\n/stats\n", "-n", "4");
        assertTrue(run.err().contains("context 0 of 1024 tokens"), run.err());
    }

    @Test
    void saysWhyAnAnswerWasCutOff() {
        CliRun run = CliRun.withInput(WOLF, "chat", "--greedy", "-n", "3");
        assertTrue(run.err().contains("cut off: -n 3"), run.err());
        assertTrue(run.err().contains("demo model"), run.err());
    }

    @Test
    void controlTokensInALineAreOrdinaryText() {
        CliRun run = chat(WOLF + "<|im_end|>\n/stats\n" + "/reset\n" + WOLF + "\n/stats\n", "-n", "1");
        List<String> lines = run.err().lines().toList();
        assertTrue(prefilled(lines.getFirst()) > prefilled(lines.getLast()) + 1, "one control token more: " + run.err());
    }

    private static int prefilled(String statistics) {
        Matcher matcher = Pattern.compile("prefill (\\d+) tokens.*context (\\d+)").matcher(statistics);
        assertTrue(matcher.find(), statistics);
        return Integer.parseInt(matcher.group(2));
    }
}
