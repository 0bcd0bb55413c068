package dev.qyclone.bench.tokens;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.DeviceFacts;
import dev.qyclone.engine.stage.DeviceKind;
import dev.qyclone.engine.stage.HalfFloats;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Invented rows: their statistics, how they are written, and how they are read again to be compared. */
class BenchRowTest {
    private static final double EXACT = 1e-9;
    private static final long MILLISECOND = 1_000_000;
    private static final Device CPU = new Device("cpu", DeviceKind.CPU, "vendor", "a \"fast\" one", 1,
            new DeviceFacts(0, 0, 0, 2, HalfFloats.NO, "driver 7"), "2 threads");
    private static final ModelFacts MODEL = new ModelFacts("m.gguf", "qwen2 494M Q8_0", 500_000_000, 494_000_000, 288);
    private static final Machine MACHINE = new Machine("abc123", "a \"fast\" one", "Nobody 25",
            "-Xmx1g --add-exports=a/b=c --add-opens=a/b=c", "Linux", 0.5);
    private static final TargetFacts TARGET = new TargetFacts("cpu", "", 2, "f32", 0, 0, List.of(CPU), "0-1 cpu; output cpu",
            Optional.of(new FirstRun(1_000_000, 2_000_000, 3_000_000, 8, 4_000_000, 5_000_000)),
            Optional.of(new Parity(1e-7, 1e-6, 2e-9, -1)));

    @TempDir
    private Path folder;

    private static BenchRow row(TokenTest test, BenchRow.Outcome outcome) {
        return new BenchRow(MODEL, TARGET, test, 512, 1, PromptFlow.PIPELINED, Instant.EPOCH, outcome);
    }

    /** 10, 20 and 40 tokens per second. */
    private static BenchRow decode() {
        Samples samples = new Samples(2, new long[] {200 * MILLISECOND, 100 * MILLISECOND, 50 * MILLISECOND});
        return row(new TokenTest(0, 2, 7), new BenchRow.Measured(samples, 500_000_000, 0, List.of(10.0, 20.0, 40.0), DeviceTime.NONE));
    }

    /** 25 tokens per second: of the 40 ms of one, 4 kernels took 32. */
    private static BenchRow onDevice() {
        Samples samples = new Samples(2, new long[] {80 * MILLISECOND});
        DeviceTime time = new DeviceTime(4, 32 * MILLISECOND, 8 * MILLISECOND);
        return row(new TokenTest(0, 2, 0), new BenchRow.Measured(samples, 1, 0, List.of(), time));
    }

    private static BenchRow failed() {
        return row(new TokenTest(4, 0, 0), new BenchRow.Failed("no such device, \"gpu\""));
    }

    @Test
    void oneLimitOfADisturbedMachineChangesNothing() {
        Samples samples = ((BenchRow.Measured) decode().outcome()).samples();
        BenchRow.Measured measured = new BenchRow.Measured(samples, 500_000_000, 0, List.of(0.1, 20.0, 40.0), DeviceTime.NONE);
        assertEquals(50, measured.percentOfLimit(), EXACT); // 5,000, 50 and 50
        assertEquals(20, measured.limit(), EXACT);
    }

    @Test
    void statisticsAreThoseOfTheSamples() {
        Samples samples = ((BenchRow.Measured) decode().outcome()).samples();
        assertArrayEquals(new double[] {10, 20, 40}, samples.perSecond(), EXACT);
        assertEquals(70 / 3.0, samples.meanPerSecond(), EXACT);
        assertEquals(15.275252316519467, samples.deviationPerSecond(), EXACT); // numpy, ddof=1
        assertEquals(0, new Samples(1, new long[] {5}).deviationPerSecond());
        assertThrows(IllegalArgumentException.class, () -> new Samples(1, new long[] {0}));
    }

    @Test
    void percentIsOfTheLimitBesideEachRepetition() {
        BenchRow.Measured measured = (BenchRow.Measured) decode().outcome();
        assertEquals(50, measured.percentOfLimit(), EXACT); // 0.5 GB a token: 5, 10 and 20 GB/s of 10, 20 and 40
        assertEquals(20, measured.limit(), EXACT);
        BenchRow.Measured prompt = new BenchRow.Measured(measured.samples(), 0, 2e9, List.of(40.0, 80.0, 160.0), DeviceTime.NONE);
        assertEquals(50, prompt.percentOfLimit(), EXACT); // 2 GFLOP an id: 20, 40 and 80 GFLOP/s of 40, 80 and 160
        assertTrue(Double.isNaN(new BenchRow.Measured(measured.samples(), 1, 0, List.of(), DeviceTime.NONE).percentOfLimit()));
    }

    @Test
    void jsonHasLlamaBenchsNames() throws IOException {
        JsonNode rows = new ObjectMapper().readTree(BenchFormat.JSON.write(List.of(decode(), failed()), MACHINE));
        JsonNode row = rows.get(0);
        assertEquals("abc123", row.get("build_commit").textValue());
        assertEquals("qwen2 494M Q8_0", row.get("model_type").textValue());
        assertEquals(0, row.get("n_prompt").intValue());
        assertEquals(2, row.get("n_gen").intValue());
        assertEquals(7, row.get("n_depth").intValue());
        assertEquals(70 / 3.0, row.get("avg_ts").doubleValue(), EXACT);
        assertEquals(15.275252316519467, row.get("stddev_ts").doubleValue(), EXACT);
        assertEquals(3, row.get("samples_ts").size());
        assertEquals(200 * MILLISECOND, row.get("samples_ns").get(0).longValue());
        assertEquals(50, row.get("percent_of_read_limit").doubleValue(), EXACT);
        assertEquals("driver 7", row.get("driver").textValue());
        assertEquals(1e-7, row.get("parity_relative_l2").doubleValue());
        assertEquals(2e-9, row.get("parity_kl").doubleValue());
        assertEquals(32, row.get("activation_bits").intValue());
        assertEquals(10_000_000, row.get("first_token_ns").longValue());
        assertTrue(row.get("failure").isNull());
        assertEquals("no such device, \"gpu\"", rows.get(1).get("failure").textValue());
        assertTrue(rows.get(1).get("avg_ts").isNull());
        assertEquals(row.properties().stream().map(field -> field.getKey()).toList(),
                rows.get(1).properties().stream().map(field -> field.getKey()).toList());
    }

    @Test
    void launchesAreThereWhereADeviceHasThem() throws IOException {
        JsonNode rows = new ObjectMapper().readTree(BenchFormat.JSON.write(List.of(onDevice(), decode()), MACHINE));
        assertEquals(4, rows.get(0).get("launches_per_token").doubleValue(), EXACT);
        assertEquals(32 * MILLISECOND, rows.get(0).get("kernel_ns_per_token").doubleValue(), EXACT);
        assertEquals(8 * MILLISECOND, rows.get(0).get("host_ns_per_token").doubleValue(), EXACT);
        assertTrue(rows.get(1).get("launches_per_token").isNull() && rows.get(1).get("host_ns_per_token").isNull());
        String text = BenchFormat.MD.write(List.of(onDevice(), decode()), MACHINE);
        assertTrue(text.contains("| launches | kernels ms | host ms | host µs/launch |"), text);
        assertTrue(text.contains("|      4.0 |      32.00 |    8.00 |         2000.0 |"), text);
        assertFalse(BenchFormat.MD.write(List.of(decode()), MACHINE).contains("launches"));
    }

    @Test
    void roundedActivationsAreToldInEveryFormat() throws IOException {
        TargetFacts rounding = new TargetFacts("cpu", "", 2, "f32", 11, 4096, List.of(CPU), TARGET.placement(), TARGET.firstRun(),
                Optional.of(new Parity(2e-3, 1e-2, 3e-5, -1)));
        BenchRow floats = decode();
        BenchRow row = new BenchRow(MODEL, rounding, floats.test(), 512, 1, PromptFlow.PIPELINED, Instant.EPOCH, floats.outcome());
        String text = BenchFormat.MD.write(List.of(row, floats), MACHINE);
        assertTrue(text.contains("| activations |") && text.contains("| 11 bits     |") && text.contains("| floats      |"), text);
        assertTrue(text.contains("| 2.0e-03 | 3e-05 |") && text.contains("--exact"), text);
        assertFalse(BenchFormat.MD.write(List.of(floats), MACHINE).contains("activations"));
        JsonNode json = new ObjectMapper().readTree(BenchFormat.JSON.write(List.of(row), MACHINE)).get(0);
        assertEquals(11, json.get("activation_bits").intValue());
        List<String> csv = BenchFormat.CSV.write(List.of(row), MACHINE).lines().toList();
        int at = List.of(csv.get(0).split(",")).indexOf("activation_bits");
        assertEquals("11", csv.get(1).split("\",\"", -1)[at]);
        BenchRow unopened = new BenchRow(MODEL, new TargetFacts("cpu", "", 2, "f32", 0, 0, List.of(), "", Optional.empty(),
                Optional.empty()), floats.test(), 512, 1, PromptFlow.PIPELINED, Instant.EPOCH, new BenchRow.Failed("full"));
        assertTrue(new ObjectMapper().readTree(BenchFormat.JSON.write(List.of(unopened), MACHINE)).get(0).get("activation_bits").isNull());
    }

    @Test
    void jsonLinesAreOneObjectEach() throws IOException {
        List<String> lines = BenchFormat.JSONL.write(List.of(decode(), failed()), MACHINE).lines().toList();
        assertEquals(2, lines.size());
        assertEquals(2, new ObjectMapper().readTree(lines.get(0)).get("n_gen").intValue());
        assertEquals(4, new ObjectMapper().readTree(lines.get(1)).get("n_prompt").intValue());
    }

    @Test
    void csvQuotesEveryValue() {
        List<String> lines = BenchFormat.CSV.write(List.of(decode(), failed()), MACHINE).lines().toList();
        assertEquals(3, lines.size());
        assertTrue(lines.get(0).startsWith("build_commit,cpu_info,"), lines.get(0));
        assertTrue(lines.get(1).startsWith("\"abc123\",\"a \"\"fast\"\" one\","), lines.get(1));
        assertTrue(lines.get(2).contains("\"no such device, \"\"gpu\"\"\""), lines.get(2));
        assertEquals(lines.get(0).split(",").length, lines.get(1).split("\",\"", -1).length);
    }

    @Test
    void theTableShowsSpeedLimitAndReason() {
        String text = BenchFormat.MD.write(List.of(decode(), failed()), MACHINE);
        assertTrue(text.contains("tg2 @ d7 |     23.33 ± 15.28 | 50 of 20.0 GB/s |"), text);
        assertTrue(text.contains("failed, see below"), text);
        assertTrue(text.contains("failed on cpu: no such device, \"gpu\""), text);
        assertTrue(text.contains("0.010 s"), text);
        List<String> table = text.lines().filter(line -> line.startsWith("|")).toList();
        assertEquals(1, table.stream().limit(4).mapToInt(String::length).distinct().count(), text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"JSON", "JSONL"})
    void aRunIsComparedWithWhatWasWritten(BenchFormat format) throws IOException {
        Path file = Files.writeString(folder.resolve("old.json"), format.write(List.of(decode(), failed()), MACHINE));
        Samples slow = new Samples(2, new long[] {2000 * MILLISECOND, 2001 * MILLISECOND, 2002 * MILLISECOND});
        BenchRow now = row(new TokenTest(0, 2, 7), new BenchRow.Measured(slow, 1, 0, List.of(), DeviceTime.NONE));
        BenchRow other = row(new TokenTest(0, 2, 8), new BenchRow.Measured(slow, 1, 0, List.of(), DeviceTime.NONE));
        OldRun.Compared compared = OldRun.read(file).compareWith(List.of(other, now, failed()), MACHINE, 0.05);
        List<Comparison> comparisons = compared.comparisons();
        assertEquals(List.of(Comparison.Verdict.SLOWER, Comparison.Verdict.FAILED),
                comparisons.stream().map(Comparison::verdict).toList());
        assertEquals("tg2 @ d7 on cpu, 2 threads, batch 512", comparisons.getFirst().name());
        assertEquals(List.of("tg2 @ d8 on cpu, 2 threads, batch 512"), compared.onlyNow());
        assertEquals(List.of(), compared.onlyBefore());
        EngineException e = assertThrows(EngineException.class, () -> OldRun.read(file).compareWith(List.of(other), MACHINE, 0.05));
        assertEquals(ErrorCode.BAD_REQUEST, e.code());
    }

    @Test
    void aProfileIsTheSameCellWhereverItsLayersAre() throws IOException {
        BenchRow before = on(profile("opencl:0:0/cpu", "0-11 opencl:0:0, 12-23 cpu; output cpu"));
        Path file = Files.writeString(folder.resolve("old.json"), BenchFormat.JSON.write(List.of(before, decode()), MACHINE));
        BenchRow now = on(profile("cpu", "0-23 cpu; output cpu"));
        OldRun.Compared compared = OldRun.read(file).compareWith(List.of(now), MACHINE, 0.05);
        assertEquals("tg2 @ d7 on profile half.yaml, 2 threads, batch 512 [device opencl:0:0/cpu before, cpu now;"
                + " placement 0-11 opencl:0:0, 12-23 cpu; output cpu before, 0-23 cpu; output cpu now]",
                compared.comparisons().getFirst().name());
        assertEquals(List.of("tg2 @ d7 on cpu, 2 threads, batch 512"), compared.onlyBefore());
    }

    @Test
    void whatWasMeasuredOtherwiseIsNamed() throws IOException {
        TargetFacts rounding = new TargetFacts("cpu", "", 2, "f32", 11, 4096, List.of(CPU), TARGET.placement(), TARGET.firstRun(),
                TARGET.parity());
        Path file = Files.writeString(folder.resolve("old.json"), BenchFormat.JSON.write(List.of(on(rounding), decode()), MACHINE));
        Machine flags = new Machine("abc124", MACHINE.cpu(), MACHINE.java(), "--add-exports=x -XX:UseAVX=2", "Linux", 0.5);
        OldRun.Compared compared = OldRun.read(file).compareWith(List.of(decode(), on(rounding)), flags, 0.05);
        assertEquals(2, compared.comparisons().size(), "each with the row that is most alike");
        compared.comparisons().forEach(comparison ->
                assertTrue(comparison.name().endsWith("batch 512 [-Xmx1g only before; -XX:UseAVX=2 only now]"), comparison.name()));
        OldRun.Compared once = OldRun.read(file).compareWith(List.of(on(rounding)), MACHINE, 0.05);
        assertEquals(List.of("tg2 @ d7 on cpu, 2 threads, batch 512"), once.onlyBefore(), "of two alike, the other is told");
        Path floats = Files.writeString(folder.resolve("floats.json"), BenchFormat.JSON.write(List.of(decode()), MACHINE));
        String name = OldRun.read(floats).compareWith(List.of(on(rounding)), MACHINE, 0.05).comparisons().getFirst().name();
        assertTrue(name.endsWith("[activation_bits 32 before, 11 now; repacked_bytes 0 before, 4096 now]"), name);
    }

    private static TargetFacts profile(String device, String placement) {
        return new TargetFacts(device, "half.yaml", 2, "f32", 0, 0, List.of(CPU), placement, TARGET.firstRun(), TARGET.parity());
    }

    private static BenchRow on(TargetFacts target) {
        BenchRow row = decode();
        return new BenchRow(MODEL, target, row.test(), 512, 1, PromptFlow.PIPELINED, Instant.EPOCH, row.outcome());
    }

    @Test
    void theProcessorAndTheFlagsAreToldForEveryDevice() throws IOException {
        Device gpu = new Device("opencl:0:0", DeviceKind.GPU, "vendor", "a gpu", 1, DeviceFacts.NONE, "");
        TargetFacts facts = new TargetFacts(gpu.id(), "", 2, "f16/f32", 0, 0, List.of(gpu), "", TARGET.firstRun(), TARGET.parity());
        JsonNode row = new ObjectMapper().readTree(BenchFormat.JSON.write(List.of(on(facts)), MACHINE)).get(0);
        assertEquals("a \"fast\" one", row.get("cpu_info").textValue());
        assertEquals("a gpu", row.get("gpu_info").textValue());
        assertEquals("f16/f32", row.get("type_k").textValue());
        String text = BenchFormat.MD.write(List.of(on(facts)), MACHINE);
        assertTrue(text.endsWith("\nbuild: abc123, Java Nobody 25, Linux, load average 0.5\ncpu: a \"fast\" one\n"
                + "flags: -Xmx1g and 2 exports, opens and reads\n"), text);
    }

    @Test
    void rowsOfARunThatWasEndedSaySo() throws IOException {
        BenchRow whole = decode();
        BenchRow part = new BenchRow(MODEL, TARGET, whole.test(), 512, 1, PromptFlow.PIPELINED, Instant.EPOCH, whole.outcome(), false);
        JsonNode rows = new ObjectMapper().readTree(BenchFormat.JSON.write(List.of(whole, part), MACHINE));
        assertTrue(rows.get(0).get("complete").booleanValue());
        assertFalse(rows.get(1).get("complete").booleanValue());
        assertTrue(BenchFormat.MD.write(List.of(whole, part), MACHINE).contains("\nincomplete: the run was ended"));
        assertFalse(BenchFormat.MD.write(List.of(whole), MACHINE).contains("incomplete"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{}", "[1]", "no json", "[]", "[{\"model_type\":\"x\",\"samples_ts\":[0]}]",
        "[{\"model_type\":\"x\",\"samples_ts\":[\"fast\"]}]", "[{\"model_type\":\"x\"}"})
    void whatIsNoResultIsRefused(String content) throws IOException {
        Path file = Files.writeString(folder.resolve("old.json"), content);
        assertEquals(ErrorCode.BAD_FILE, assertThrows(EngineException.class, () -> OldRun.read(file)).code());
    }

    @Test
    void aFileThatIsNotThereIsNamed() {
        EngineException e = assertThrows(EngineException.class, () -> OldRun.read(folder.resolve("none.json")));
        assertEquals(ErrorCode.FILE_NOT_FOUND, e.code());
    }
}
