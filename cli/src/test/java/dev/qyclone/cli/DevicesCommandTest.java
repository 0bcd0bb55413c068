package dev.qyclone.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.qyclone.engine.cpu.CpuBackend;
import dev.qyclone.engine.faulty.Fault;
import dev.qyclone.engine.faulty.FaultyBackend;
import dev.qyclone.engine.stage.Backend;
import dev.qyclone.engine.stage.BackendOptions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DevicesCommandTest {
    private static final int WIDTH = 100;

    private static Backend cpu() {
        return new CpuBackend.Provider().create(new BackendOptions(2));
    }

    private static List<String> ids(JsonNode json) {
        List<String> ids = new ArrayList<>();
        json.get("devices").forEach(device -> ids.add(device.get("id").textValue()));
        return ids;
    }

    @Test
    void theHostsDevicesAreAlwaysThere() {
        CliRun run = CliRun.of("devices");
        assertEquals(ExitCode.SUCCESS, run.code(), run.err());
        for (String part : List.of("ID", "cpu ", "cpu:scalar", "CPU", "thread", "Vector API", "plain reference ops", "-bit vectors")) {
            // Lines break at words, and where depends on the length of Java's version.
            assertTrue(run.out().replaceAll("\\s+", " ").contains(part), part + " in\n" + run.out());
        }
        assertTrue(run.out().lines().allMatch(line -> line.length() <= WIDTH), run.out());
    }

    @Test
    void memoryIsToldInTheUnitsOfPlans() {
        FaultyBackend small = new FaultyBackend("gpu:0", new Fault.LittleMemory((24L << 30) + (1L << 29)));
        String devices = CliRun.on(List.of(cpu(), small), "devices").out();
        assertTrue(devices.lines().anyMatch(line -> line.startsWith("gpu:0") && line.contains(" 24.50 GiB ")), devices);
    }

    @Test
    void jsonHasEveryFact() {
        FaultyBackend faulty = new FaultyBackend("gpu:0");
        JsonNode json = DemoGolden.parse(CliRun.on(List.of(cpu(), faulty), "devices", "--json").out());
        assertEquals(List.of("cpu", "cpu:scalar", "gpu:0"), ids(json));
        JsonNode gpu = json.get("devices").get(2);
        assertEquals("other", gpu.get("kind").textValue());
        assertEquals("nobody", gpu.get("vendor").textValue());
        assertEquals("a faulty device", gpu.get("name").textValue());
        assertEquals(faulty.device().memoryBytes(), gpu.get("memoryBytes").longValue());
        assertEquals(64, gpu.get("workGroupLimit").intValue());
        assertEquals(1 << 15, gpu.get("localMemoryBytes").intValue());
        assertEquals(faulty.device().facts().largestBufferBytes(), gpu.get("largestBufferBytes").longValue());
        assertEquals(1, gpu.get("computeUnits").intValue());
        assertEquals("no", gpu.get("halfFloats").textValue());
        assertEquals("none", gpu.get("driver").textValue());
        assertEquals("plain loops with a fault", gpu.get("note").textValue());
    }

    @Test
    void aMissingBackendSaysWhyAndWhatToInstall() {
        FaultyBackend faulty = new FaultyBackend("tornado", new Fault.Missing("no driver is there", "install one"));
        CliRun run = CliRun.on(List.of(cpu(), faulty), "devices");
        assertEquals(ExitCode.SUCCESS, run.code());
        assertTrue(run.out().endsWith("\ntornado is missing: no driver is there.\n    To get it: install one\n"), run.out());
        JsonNode json = DemoGolden.parse(CliRun.on(List.of(cpu(), faulty), "devices", "--json").out());
        assertEquals(1, json.get("missing").size());
        assertEquals("tornado", json.get("missing").get(0).get("backend").textValue());
        assertEquals("no driver is there", json.get("missing").get(0).get("reason").textValue());
        assertEquals("install one", json.get("missing").get(0).get("remedy").textValue());
        assertEquals(List.of("cpu", "cpu:scalar"), ids(json));
    }

    @Test
    void aBuildWithoutTornadoVmSaysSo() {
        JsonNode missing = DemoGolden.parse(CliRun.on(List.of(cpu()), "devices", "--json").out()).get("missing");
        assertEquals("tornado", missing.get(0).get("backend").textValue());
        assertTrue(missing.get(0).get("remedy").textValue().contains("TORNADOVM_HOME"), missing.toString());
    }
}
