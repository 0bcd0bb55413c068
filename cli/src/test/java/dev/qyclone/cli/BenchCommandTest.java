package dev.qyclone.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command bench on the demo model, at sizes where it takes no time. What it measures is asserted nowhere. */
class BenchCommandTest {
    private static final String MODEL = DemoModel.file().toString();

    @TempDir
    private Path folder;

    private static CliRun bench(String... more) {
        List<String> args = new ArrayList<>(List.of("bench", "-m", MODEL, "-p", "5", "-n", "2", "-r", "2", "--warm-up", "0"));
        args.addAll(List.of(more));
        return CliRun.of(args.toArray(String[]::new));
    }

    @Test
    void aRowForEveryTestAndDevice() {
        CliRun run = bench("--device", "cpu,cpu:scalar/cpu/cpu", "-d", "0,3", "-b", "2,4", "-o", "json", "--kv", "f16");
        assertEquals(ExitCode.SUCCESS, run.code(), run.err());
        JsonNode rows = DemoGolden.parse(run.out());
        assertEquals(2 * 2 * (2 + 1), rows.size());
        JsonNode last = rows.get(rows.size() - 1);
        assertEquals("0-1 cpu:scalar, 2-6 cpu; output cpu", last.get("placement").textValue());
        assertEquals("f16", last.get("type_k").textValue());
        assertEquals("qwen2 4.6M Q8_0", last.get("model_type").textValue());
        assertTrue(last.get("percent_of_read_limit").doubleValue() > 0);
        assertTrue(last.get("parity_relative_l2").doubleValue() < 1e-3);
        assertTrue(run.err().contains("qyclone: round 2 of 2"), run.err());
    }

    @Test
    void aProfileIsARowWithTheDevicesThatItCameTo() throws IOException {
        Path file = Files.writeString(folder.resolve("halves.yaml"), """
                name: halves
                layers:
                  - 0-2: cpu
                  - 3-6: opencl:9:0
                fallback: [cpu:scalar]
                kv: f16
                """);
        CliRun run = bench("--device", "cpu", "--profile", "debug," + file, "-o", "json", "--quiet");
        assertEquals(ExitCode.SUCCESS, run.code(), run.err());
        JsonNode rows = DemoGolden.parse(run.out());
        assertEquals(3 * 2, rows.size());
        assertEquals("", rows.get(0).get("profile").textValue());
        assertEquals("debug", rows.get(2).get("profile").textValue());
        assertEquals("cpu:scalar", rows.get(2).get("device").textValue());
        assertEquals(file.toString(), rows.get(4).get("profile").textValue());
        assertEquals("cpu/cpu:scalar", rows.get(4).get("device").textValue());
        assertEquals("f16", rows.get(4).get("type_k").textValue());
        assertEquals(ExitCode.FAILED, bench("--profile", folder.resolve("none.yaml").toString()).code());
        JsonNode flagged = DemoGolden.parse(bench("--profile", file.toString(), "--kv", "f32", "-o", "json", "--quiet").out());
        assertEquals("f32", flagged.get(0).get("type_k").textValue(), "a flag wins, as in every run");
    }

    @Test
    void theRulesOfAProfileSayHowTheirLayersKeepKeys() throws IOException {
        Path file = Files.writeString(folder.resolve("mixed.yaml"), "layers: [{layers: 0-2, device: cpu, kv: f16}, all: cpu]\n");
        CliRun run = bench("--profile", file.toString(), "-o", "json", "--quiet");
        assertEquals(ExitCode.SUCCESS, run.code(), run.err());
        assertEquals("f16/f32", DemoGolden.parse(run.out()).get(0).get("type_k").textValue());
    }

    @Test
    void aDeviceThatIsNotThereIsARowAndExitCodeOne() {
        CliRun run = bench("--device", "cpu,opencl:9:0", "--quiet", "-o", "jsonl");
        assertEquals(ExitCode.FAILED, run.code());
        assertEquals("", run.err());
        List<JsonNode> rows = run.out().lines().map(DemoGolden::parse).toList();
        assertEquals(4, rows.size());
        assertTrue(rows.get(0).get("failure").isNull());
        assertTrue(rows.get(2).get("failure").textValue().contains("opencl:9:0"), run.out());
    }

    @Test
    void slowerThanAnEarlierRunIsExitCodeThree() throws IOException {
        ArrayNode rows = (ArrayNode) DemoGolden.parse(bench("-o", "json", "--quiet").out());
        // Two samples on a machine that others use may differ by ten times and more, and then tell nothing of a smaller factor.
        assertEquals(ExitCode.SLOWER, bench("--compare", scaled(rows, 1e30), "-o", "csv").code());
        CliRun faster = bench("--compare", scaled(rows, 1e-30));
        assertEquals(ExitCode.SUCCESS, faster.code(), faster.err());
        assertTrue(faster.err().lines().filter(line -> line.endsWith(": faster")).count() == 2, faster.err());
    }

    @Test
    void rowsWithoutAPartnerAreTold() throws IOException {
        ArrayNode rows = (ArrayNode) DemoGolden.parse(bench("-o", "json", "--quiet").out());
        ((ObjectNode) rows.get(0)).put("n_prompt", 6);
        CliRun run = bench("--compare", scaled(rows, 1), "--quiet");
        List<String> lines = run.err().lines().toList();
        assertEquals(3, lines.size(), run.err());
        assertTrue(lines.get(1).startsWith("qyclone: pp5 on cpu, ") && lines.get(1).endsWith(": not in " + folder.resolve("old.json")),
                run.err());
        assertTrue(lines.get(2).startsWith("qyclone: pp6 on cpu, ") && lines.get(2).endsWith(": only in " + folder.resolve("old.json")),
                run.err());
    }

    /** What Ctrl-C does, but for the name of the signal. */
    @Test
    void aRunThatIsEndedPrintsWhatItHas() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                System.getProperty("java.class.path"), "dev.qyclone.cli.Main", "bench", "-m", MODEL, "-p", "5", "-n", "2", "-r", "100000",
                "--warm-up", "0", "--parity", "0", "--device", "cpu:scalar", "-t", "1", "-o", "json").start();
        try (BufferedReader err = process.errorReader()) {
            String line = err.readLine();
            while (line != null && !line.contains("round 3 of")) {
                line = err.readLine();
            }
            assertTrue(line != null, "no third round");
            process.toHandle().destroy(); // the process itself would close what is to be read
            JsonNode rows = DemoGolden.parse(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            assertEquals(2, rows.size());
            assertFalse(rows.get(0).get("complete").booleanValue());
            assertTrue(rows.get(0).get("samples_ts").size() >= 2, rows.toString());
            assertTrue(err.lines().anyMatch(last -> last.contains("ended; what was measured is marked incomplete")));
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    private String scaled(ArrayNode rows, double factor) throws IOException {
        ArrayNode copy = rows.deepCopy();
        for (JsonNode row : copy) {
            double mean = row.get("avg_ts").doubleValue() * factor;
            ((ObjectNode) row).putArray("samples_ts").add(mean * 0.999).add(mean).add(mean * 1.001);
        }
        Path file = folder.resolve("old.json");
        Files.writeString(file, new ObjectMapper().writeValueAsString(copy));
        return file.toString();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "-p 0 -n 0           | nothing to measure",
        "-p -1               | -p must be at least 0, not -1",
        "-b 0                | -b must be at least 1, not 0",
        "--device ,          | --device expects names",
        "--device cpu,,cpu   | --device expects names",
        "--profile ,         | --profile expects names",
        "-t ,                | --threads expects numbers",
        "-p ,                | -p expects numbers",
        "-n ,                | -n expects numbers",
        "-d ,                | -d expects numbers",
        "-b ,                | -b expects numbers",
        "--sessions ,        | --sessions expects numbers",
        "--sessions 0        | --sessions must be at least 1, not 0",
        "-r 0                | -r must be at least 1, not 0",
        "-p 1000 -d 100      | the tests need 1100 positions, the model was made for 1024",
        "--noise 100         | --noise must be at least 0 and below 100",
        "--flow sideways     | --flow",
        "-o xml              | '-o'"
    })
    void wrongUseIsExitCodeTwo(String more, String expected) {
        List<String> args = new ArrayList<>(List.of("bench", "-m", MODEL));
        args.addAll(List.of(more.strip().split(" +")));
        CliRun run = CliRun.of(args.toArray(String[]::new));
        assertEquals(ExitCode.WRONG_USE, run.code(), run.err());
        assertTrue(run.err().contains(expected), run.err());
        assertEquals("", run.out());
    }

    @Test
    void anEarlierRunThatIsNoneFailsBeforeAnythingIsMeasured() {
        CliRun run = bench("--compare", folder.resolve("none.json").toString());
        assertEquals(ExitCode.FAILED, run.code());
        assertEquals(1, run.err().lines().count(), run.err());
        assertEquals("", run.out());
    }
}
