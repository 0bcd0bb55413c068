package dev.qyclone.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.qyclone.engine.cpu.CpuBackend;
import dev.qyclone.engine.faulty.Fault;
import dev.qyclone.engine.faulty.FaultyBackend;
import dev.qyclone.engine.model.PublishedShape;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.tensor.TensorType;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class DoctorCommandTest {
    private static final String MODEL = DemoModel.file().toString();
    private static final int WIDTH = 100;

    private static CliRun onFaulty(Fault fault, String... args) {
        return CliRun.on(List.of(new CpuBackend.Provider().create(new BackendOptions(1)), new FaultyBackend("gpu:0", fault)), args);
    }

    @Test
    void theHostIsRightAtAModelsShapes() {
        CliRun run = CliRun.of("doctor", "--device", "cpu", "-m", MODEL);
        assertEquals(ExitCode.SUCCESS, run.code(), run.out() + run.err());
        for (String part : List.of(MODEL, "cpu: ", "KERNEL", "decode product", "Q8_0", "x224", "GB/s", "GFLOP/s", "ok", "are right")) {
            assertTrue(run.out().contains(part), part + " in\n" + run.out());
        }
        assertFalse(run.out().contains("Q4_0"), run.out()); // the demo model has none
        assertTrue(run.out().lines().skip(2).allMatch(line -> line.length() <= WIDTH), run.out());
        String rates = " +[0-9.]+ to [0-9.]+ GB/s, [0-9.]+ to [0-9.]+ GFLOP/s";
        assertEquals(1, run.out().lines().dropWhile(line -> !line.startsWith("DEVICE")).filter(line -> line.matches(rates)).count(),
                run.out());
    }

    @Test
    void withoutAModelEveryTypeIsChecked() {
        CliRun run = CliRun.of("doctor", "--device", "cpu", "--no-rates", "--json");
        JsonNode json = DemoGolden.parse(run.out());
        assertTrue(json.get("passed").booleanValue(), run.out());
        assertTrue(json.get("shapes").textValue().contains("Qwen2-0.5B"), run.out());
        Set<String> types = new TreeSet<>();
        json.get("devices").get(0).get("kernels").forEach(row -> types.add(row.get("type").textValue()));
        for (TensorType type : TensorType.values()) {
            assertTrue(types.contains(type.name()), types.toString());
        }
        // Blocks of 256 where rows are whole blocks, and experts.
        Set<String> shapes = new TreeSet<>();
        json.get("devices").get(0).get("kernels").forEach(
                row -> shapes.add(row.get("type").textValue() + " " + row.get("shape").textValue()));
        int usual = PublishedShape.QWEN2_0_5B.config().dim();
        int whole = PublishedShape.QWEN1_5_0_5B.config().dim();
        int expert = PublishedShape.TINY_MOE.config().mixture().expertDim();
        assertTrue(shapes.stream().anyMatch(shape -> shape.matches("Q8_0 \\d+x" + usual)), shapes.toString());
        assertTrue(shapes.stream().anyMatch(shape -> shape.matches("Q4_K \\d+x" + whole)), shapes.toString());
        assertTrue(shapes.contains("Q4_K 512x" + expert), shapes.toString());
        assertEquals(1, json.get("devices").size());
    }

    @Test
    void aWrongKernelIsNamedAndTheCodeIsOne() {
        CliRun run = onFaulty(new Fault.WrongKernel(Fault.Kernel.ROPE), "doctor", "-m", MODEL, "--device", "gpu:0", "--no-rates");
        assertEquals(ExitCode.FAILED, run.code());
        assertTrue(run.out().lines().anyMatch(line -> line.startsWith("rope ") && line.endsWith(" WRONG")), run.out());
        String summary = "gpu:0 +auto +1 of \\d+ kernels are wrong or do not run: rope";
        assertTrue(run.out().lines().anyMatch(line -> line.matches(summary)), run.out());
        assertTrue(run.out().lines().anyMatch(line -> line.startsWith("norm ") && line.endsWith(" ok")), run.out());
    }

    @Test
    void aKernelThatDoesNotRunSaysWhy() {
        CliRun run = onFaulty(new Fault.BrokenKernel(Fault.Kernel.NORM), "doctor", "-m", MODEL, "--device", "cpu,gpu:0", "--no-rates");
        assertEquals(ExitCode.FAILED, run.code());
        assertTrue(run.out().lines().anyMatch(line -> line.startsWith("norm ") && line.endsWith(" FAILED")), run.out());
        assertTrue(run.out().contains("kernel norm does not compile"), run.out());
        assertTrue(run.out().lines().anyMatch(line -> line.matches("cpu +auto +all \\d+ kernels are right, .*")), run.out());
        JsonNode json = DemoGolden.parse(onFaulty(new Fault.BrokenKernel(Fault.Kernel.NORM),
                "doctor", "-m", MODEL, "--device", "gpu:0", "--no-rates", "--json").out());
        JsonNode norm = json.get("devices").get(0).get("kernels").get(0);
        assertTrue(norm.get("error").isNull() && norm.get("verdict").textValue().equals("failed"), norm.toString());
        assertFalse(json.get("passed").booleanValue());
    }

    @Test
    void aDeviceThatIsNotThereIsAnError() {
        CliRun run = CliRun.of("doctor", "--device", "gpu:7");
        assertEquals(ExitCode.FAILED, run.code());
        assertEquals("", run.out());
        assertTrue(run.err().contains("gpu:7") && run.err().contains("cpu:scalar"), run.err());
    }

    @Test
    void aRunChecksAgainOnDemand() {
        DemoGolden golden = DemoGolden.all().getFirst();
        CliRun run = CliRun.of("generate-ids", "-m", MODEL, "--ids", golden.idsOption(), "-n", "3", "--recheck");
        assertEquals("443,1023,258\n", run.out(), run.err());
    }
}
