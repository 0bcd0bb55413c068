package dev.qyclone.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Ids in, numbers out: logits, generate-ids, tokenize and inspect on the demo model's file. */
class IdsCommandsTest {
    /** Relative L2 distance to Hugging Face's float32 logits, which the file gives with six decimals. */
    private static final double LOGITS_TOLERANCE = 1e-5;
    private static final String MODEL = DemoModel.file().toString();

    static List<Arguments> devicesAndChunks() {
        List<Arguments> cases = new ArrayList<>();
        for (DemoGolden golden : DemoGolden.all()) {
            cases.add(Arguments.of(golden, "cpu", "1"));
            cases.add(Arguments.of(golden, "cpu", "512"));
            cases.add(Arguments.of(golden, "cpu:scalar", "3"));
        }
        return cases;
    }

    @ParameterizedTest
    @MethodSource("devicesAndChunks")
    void logitsAreHuggingFaces(DemoGolden golden, String device, String chunk) {
        CliRun run = CliRun.of("logits", "-m", MODEL, "--ids", golden.idsOption(), "--device", device, "--chunk", chunk, "--json");
        assertEquals(ExitCode.SUCCESS, run.code(), run.err());
        JsonNode json = DemoGolden.parse(run.out());
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < golden.lastLogits().length; i++) {
            double expected = golden.lastLogits()[i];
            difference += Math.pow(json.get("last_logits").get(i).doubleValue() - expected, 2);
            norm += expected * expected;
        }
        assertEquals(golden.lastLogits().length, json.get("last_logits").size());
        assertTrue(Math.sqrt(difference / norm) <= LOGITS_TOLERANCE, "relative L2 " + Math.sqrt(difference / norm));
        assertEquals(golden.greedy()[0], json.get("argmax").intValue());
    }

    @ParameterizedTest
    @MethodSource("dev.qyclone.cli.DemoGolden#all")
    void greedyIdsAreHuggingFaces(DemoGolden golden) {
        CliRun run = CliRun.of("generate-ids", "-m", MODEL, "--ids", golden.idsOption(), "-n", "48", "--json");
        assertArrayEquals(golden.greedy(), DemoGolden.ints(DemoGolden.parse(run.out()).get("ids")), run.err());
    }

    @Test
    void endTokensDoNotStopGenerateIds() {
        CliRun run = CliRun.of("generate-ids", "-m", MODEL, "--ids", "4093,4095", "-n", "200", "--json");
        assertEquals(200, DemoGolden.parse(run.out()).get("ids").size(), run.err());
    }

    @Test
    void noIdsAreAnswered() {
        assertEquals("{\"ids\":[]}\n", CliRun.of("generate-ids", "-m", MODEL, "--ids", "1", "-n", "0", "--json").out());
    }

    @Test
    void plainOutputIsForReadingAndForTheNextCommand() {
        DemoGolden golden = DemoGolden.all().getFirst();
        assertEquals(golden.idsOption() + "\n", CliRun.of("tokenize", "-m", MODEL, golden.text()).out());
        assertEquals("443,1023,258\n", CliRun.of("generate-ids", "-m", MODEL, "--ids", golden.idsOption(), "-n", "3").out());
        CliRun logits = CliRun.of("logits", "-m", MODEL, "--ids", golden.idsOption());
        assertTrue(logits.out().contains("largest of 4096 logits") && logits.out().lines().count() == 11, logits.out());
    }

    @Test
    void controlTokensAreRecognisedOnlyOnDemand() {
        String expected = "{\"ordinary\":[27,91,309,62,632,91,29],\"special\":[4095]}\n";
        assertEquals(expected, CliRun.of("tokenize", "-m", MODEL, "--json", "<|im_end|>").out());
        assertEquals("4095\n", CliRun.of("tokenize", "-m", MODEL, "--special", "<|im_end|>").out());
        assertEquals(expected, CliRun.withInput("{\"text\":\"<|im_end|>\"}\n\n", "tokenize", "-m", MODEL, "--jsonl", "-").out());
    }

    @Test
    void inspectShowsWhatTheDemoModelIs() {
        JsonNode json = DemoGolden.parse(CliRun.of("inspect", MODEL, "--json").out());
        assertEquals("qwen2", json.get("architecture").textValue());
        assertEquals(7, json.get("layers").intValue());
        assertEquals(224, json.get("dim").intValue());
        assertEquals(4096, json.get("vocab").intValue());
        assertEquals(1024, json.get("context").intValue());
        assertTrue(json.get("tied").booleanValue());
        assertEquals(50, json.get("tensorTypes").get("Q8_0").get("tensors").intValue());
        assertEquals(2 * 7 * 32 * 4, json.get("cacheBytesPerTokenF32").intValue());
        String text = CliRun.of("inspect", MODEL).out();
        for (String part : List.of("qwen2", "4.6 million", "Q8_0", "1024 tokens", "cache f16")) {
            assertTrue(text.contains(part), text);
        }
    }
}
