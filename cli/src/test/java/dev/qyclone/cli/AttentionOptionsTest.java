package dev.qyclone.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.qyclone.engine.Golden;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The attention of every golden model, through the options: what GGUF cannot say is said by hand. */
class AttentionOptionsTest {
    private static final Path GOLDEN = Path.of("../engine/src/test/resources/golden");
    private static final int GREEDY = 24;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "qwen1-plain, model.gguf, --rope-ntk off --logn off",
        "qwen1-ntk, model.gguf, --logn off",
        "qwen1-ntk-logn, model.gguf, ''",
        "qwen1-ntk-logn, model.gguf, --rope-ntk on --logn on --seq-length 32",
        "qwen1-ntk-logn, ., ''",
        "qwen1-plain, ., --rope-ntk OFF",
        "qwen2-swa-all, model.gguf, --layer-windows 0-2:24",
        "qwen2-swa-mixed, model.gguf, --layer-windows 2:16",
        "qwen2-swa-mixed, ., --window-rule current",
        "qwen2-yarn, ., --yarn 4:64",
        "qwen2-yarn, model.gguf, --yarn 4:64",
        "qwen2-gqa, model.gguf, --dca 512:64",
        "qwen2-moe, model.gguf, ''"
    })
    void logitsAndIdsAreTheOracles(String model, String file, String flags) throws IOException {
        String path = GOLDEN.resolve(model).resolve(file).normalize().toString();
        for (Golden.Prompt prompt : Golden.prompts(GOLDEN.resolve(model).resolve("golden.json"))) {
            CliRun logits = run("logits", path, flags, prompt.ids());
            assertEquals(ExitCode.SUCCESS, logits.code(), logits.err());
            double distance = Golden.relativeL2(floats(DemoGolden.parse(logits.out()).get("last_logits")), prompt.lastLogits());
            assertTrue(distance <= Golden.LOGITS_TOLERANCE, prompt.ids().length + " ids: relative L2 " + distance);
            CliRun greedy = run("generate-ids", path, flags + " -n " + GREEDY, prompt.ids());
            assertArrayEquals(prompt.greedy(), DemoGolden.ints(DemoGolden.parse(greedy.out()).get("ids")), greedy.err());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "qwen1-ntk, model.gguf, --rope-ntk off --logn off",
        "qwen1-ntk-logn, ., --logn off",
        "qwen1-plain, ., --rope-ntk on",
        "qwen2-gqa, model.gguf, --yarn 4:64",
        "qwen2-gqa, model.gguf, --dca 48:16",
        "qwen2-gqa, model.gguf, --dca 512:64:32",
        "qwen2-swa-mixed, ., --window-rule legacy",
        "qwen2-swa-all, model.gguf, --layer-windows 0-2:23"
    })
    void everyOptionChangesLogits(String model, String file, String flags) throws IOException {
        String path = GOLDEN.resolve(model).resolve(file).normalize().toString();
        Golden.Prompt prompt = Golden.prompts(GOLDEN.resolve(model).resolve("golden.json")).getLast();
        CliRun logits = run("logits", path, flags, prompt.ids());
        assertEquals(ExitCode.SUCCESS, logits.code(), logits.err());
        double distance = Golden.relativeL2(floats(DemoGolden.parse(logits.out()).get("last_logits")), prompt.lastLogits());
        assertTrue(distance > 100 * Golden.LOGITS_TOLERANCE, "relative L2 " + distance);
    }

    /** The legacy rule on a model whose first two layers it windows is the same as these windows. */
    @Test
    void theLegacyRuleWindowsTheLayersBelow() throws IOException {
        Path model = GOLDEN.resolve("qwen2-swa-mixed");
        int[] ids = Golden.prompts(model.resolve("golden.json")).getLast().ids();
        CliRun legacy = run("logits", model.toString(), "--window-rule legacy", ids);
        CliRun named = run("logits", model.resolve("model.gguf").toString(), "--layer-windows 0-1:16", ids);
        assertEquals(DemoGolden.parse(named.out()), DemoGolden.parse(legacy.out()), legacy.err() + named.err());
    }

    @Test
    void yarnMakesRoomForMore() {
        String path = GOLDEN.resolve("qwen2-gqa/model.gguf").toString();
        assertEquals(ExitCode.WRONG_USE, CliRun.of("logits", "-m", path, "--ids", "1", "--ctx", "600").code());
        CliRun stretched = CliRun.of("logits", "-m", path, "--ids", "1", "--ctx", "1024", "--yarn", "2");
        assertEquals(ExitCode.SUCCESS, stretched.code(), stretched.err());
        CliRun beyond = CliRun.of("logits", "-m", path, "--ids", "1", "--ctx", "1025", "--yarn", "2");
        assertTrue(beyond.err().contains("1 to 1024 positions"), beyond.err());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "qwen2-gqa       | --rope-ntk on                 | --rope-ntk is for Qwen1; this model is qwen2",
        "qwen2-moe       | --logn off                    | --logn is for Qwen1; this model is qwen2moe",
        "qwen2-gqa       | --seq-length 64               | --seq-length is for Qwen1; this model is qwen2",
        "qwen1-ntk       | --seq-length 1                | --seq-length must be at least 2, not 1",
        "qwen1-plain     | --seq-length 64               | --seq-length has no meaning with dynamic NTK and LogN off",
        "qwen1-ntk       | --rope-ntk maybe              | '--rope-ntk'",
        "qwen1-ntk       | --yarn 2                      | --yarn and dynamic NTK exclude each other",
        "qwen1-plain     | --yarn 2 --rope-ntk on        | --yarn and dynamic NTK exclude each other",
        "qwen2-gqa       | --yarn 0                      | '--yarn': the factor must be at least 1, not 0",
        "qwen2-gqa       | --yarn NaN                    | expected a factor, such as 4 or 4:32768, got 'NaN'",
        "qwen2-gqa       | --yarn 4:0                    | the original context must be at least 1",
        "qwen2-gqa       | --yarn 999999:99999999        | --yarn stretches the context beyond 2^31 positions",
        "qwen2-gqa       | --layer-windows 0-2:0         | the window of 0-2:0 must be at least 1",
        "qwen2-gqa       | --layer-windows 0-3:8         | --layer-windows names layer 3; the model has layers 0 to 2",
        "qwen2-gqa       | --layer-windows 2-1:8         | the range 2-1:8 ends before it begins",
        "qwen2-gqa       | --layer-windows 0-1:8,1-2:16  | the ranges 0-1:8 and 1-2:16 overlap",
        "qwen2-gqa       | --layer-windows 1             | expected ranges of layers with a window",
        "qwen2-gqa       | --window-rule legacy          | --window-rule has no meaning here",
        "qwen1-plain     | --window-rule legacy          | --window-rule has no meaning here",
        "qwen2-gqa       | --dca 8                       | expected CHUNK:LOCAL[:ORIG[:paper]]",
        "qwen2-gqa       | --dca 8:8                     | expected chunk_size > local_size > 0",
        "qwen2-gqa       | --dca 0:0                     | --dca needs chunks of more than 0 positions",
        "qwen2-gqa       | --dca 16:4 --yarn 2           | --dca and --yarn exclude each other",
        "qwen2-gqa       | --dca 16:4 --layer-windows 1:8 | --dca and --layer-windows exclude each other",
        "qwen2-yarn      | --dca 16:4                    | --dca and the model's YaRN exclude each other",
        "qwen2-swa-mixed | --dca 16:4                    | --dca and the model's windows exclude each other",
        "qwen1-ntk       | --dca 16:4                    | --dca and dynamic NTK exclude each other; add --rope-ntk off",
        "qwen1-plain     | --dca 16:4 --logn on          | --dca and LogN exclude each other; add --logn off",
        "qwen2-swa-all   | --window-rule legacy --layer-windows 1:8 | --layer-windows and --window-rule exclude each other"
    })
    void nonsenseIsRefusedInOneLine(String model, String flags, String expected) {
        CliRun run = run("logits", GOLDEN.resolve(model).toString(), flags, 1);
        assertEquals(ExitCode.WRONG_USE, run.code(), run.err());
        assertTrue(run.err().startsWith("qyclone: ") && run.err().contains(expected), run.err());
        assertEquals(2, run.err().lines().count(), run.err());
    }

    @Test
    void aRunSaysWhatItAssumed() {
        String file = folder.resolve("tiny.gguf").toString();
        CliRun.of("synth", "--shape", "tiny-qwen1", "--type", "q8_0", "-o", file, "--quiet");
        String assumed = "assumed: dynamic NTK on, LogN on, S = 512 from context_length";
        assertTrue(CliRun.of("run", "-m", file, "-n", "1", "abc").err().contains(assumed));
        assertTrue(CliRun.withInput("abc\n", "chat", "-m", file, "-n", "1").err().contains(assumed));
        String half = CliRun.of("run", "-m", file, "-n", "1", "--logn", "off", "--seq-length", "64", "abc").err();
        assertTrue(half.contains("assumed: dynamic NTK on, LogN off, S = 64 ("), half);
        assertFalse(CliRun.of("run", "-m", file, "-n", "1", "--quiet", "abc").err().contains("assumed"));
        assertFalse(CliRun.of("run", "-m", file, "-n", "1", "--rope-ntk", "on", "--logn", "on", "abc").err().contains("assumed"));
    }

    @Test
    void windowsComeWithAWarning() {
        String demo = CliRun.of("run", "--layer-windows", "0-3:16", "-n", "1", "abc").err();
        assertEquals(1, demo.lines().filter(line -> line.contains("trained with full attention")).count(), demo);
        assertFalse(CliRun.of("run", "-n", "1", "abc").err().contains("trained with full attention"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "qwen2-swa-mixed            | layers 0-1: full attention, rotary base 1000000; layer 2: a window of 16",
        "qwen2-gqa                  | layers 0-2: full attention, rotary base 1000000",
        "qwen2-yarn/model.gguf      | layers 0-2: full attention, rotary base 1000000, YaRN 4.0 × 64",
        "qwen1-ntk-logn             | LogN from position 32; dynamic NTK: the rotary base grows with prompts of more than 32 tokens",
        "qwen2-moe                  | 6 of width 64, a token goes to 2; a shared one of width 96"
    })
    void inspectTellsThePoliciesInWords(String model, String expected) {
        String text = CliRun.of("inspect", GOLDEN.resolve(model).toString()).out();
        for (String part : expected.split("; ")) {
            assertTrue(text.contains(part), text);
        }
    }

    @Test
    void inspectTellsThePoliciesInJson() {
        JsonNode mixed = DemoGolden.parse(CliRun.of("inspect", "--json", GOLDEN.resolve("qwen2-swa-mixed").toString()).out());
        assertEquals(2, mixed.get("attention").size());
        assertEquals(16, mixed.get("attention").get(1).get("window").intValue());
        assertFalse(mixed.has("ropeScaling") || mixed.has("mixture") || mixed.get("attentionAssumed").booleanValue());
        JsonNode silent = DemoGolden.parse(CliRun.of("inspect", "--json", GOLDEN.resolve("qwen1-ntk/model.gguf").toString()).out());
        assertTrue(silent.get("attentionAssumed").booleanValue(), silent.toString());
        JsonNode yarn = DemoGolden.parse(CliRun.of("inspect", "--json", GOLDEN.resolve("qwen2-yarn").toString()).out());
        assertEquals("YaRN", yarn.get("ropeScaling").get("type").textValue());
        assertEquals(64, yarn.get("ropeScaling").get("originalContext").intValue());
        JsonNode first = DemoGolden.parse(CliRun.of("inspect", "--json", GOLDEN.resolve("qwen1-ntk-logn").toString()).out());
        assertEquals(32, first.get("logNLength").intValue());
        assertEquals(32, first.get("ropeScaling").get("trainedLength").intValue());
        JsonNode mixture = DemoGolden.parse(CliRun.of("inspect", "--json", GOLDEN.resolve("qwen2-moe").toString()).out());
        assertEquals(6, mixture.get("mixture").get("experts").intValue());
    }

    /** In every command that runs a model, under a heading of their own. */
    @ParameterizedTest
    @ValueSource(strings = {"run", "chat", "logits", "generate-ids"})
    void helpHasThemUnderTheirHeading(String command) {
        String help = CliRun.of(command, "--help").out();
        int heading = help.indexOf("How it sees long texts");
        assertTrue(heading > help.indexOf("--threads"), help);
        for (String option : List.of("--rope-ntk", "--logn", "--seq-length", "--yarn", "--layer-windows", "--window-rule", "--dca")) {
            assertTrue(help.indexOf(option, heading) > heading, option + " in " + help);
        }
    }

    private static CliRun run(String command, String model, String flags, int... ids) {
        List<String> words = new ArrayList<>(List.of(command, "-m", model, "--json", "--threads", "1"));
        words.add("--ids");
        words.add(IntStream.of(ids).mapToObj(Integer::toString).collect(Collectors.joining(",")));
        Arrays.stream(flags.split(" +")).filter(word -> !word.isEmpty()).forEach(words::add);
        return CliRun.of(words.toArray(String[]::new));
    }

    private static float[] floats(JsonNode array) {
        float[] values = new float[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).floatValue();
        }
        return values;
    }
}
