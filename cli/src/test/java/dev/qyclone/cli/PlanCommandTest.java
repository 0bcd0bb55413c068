package dev.qyclone.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.qyclone.engine.cpu.CpuBackend;
import dev.qyclone.engine.faulty.Fault;
import dev.qyclone.engine.faulty.FaultyBackend;
import dev.qyclone.engine.stage.Backend;
import dev.qyclone.engine.stage.BackendOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlanCommandTest {
    private static final String MODEL = DemoModel.file().toString();

    @TempDir
    private Path folder;

    @Test
    void aModelOfSeventyTwoBillionParametersIsPlannedWithoutReadingIt() throws IOException {
        CliRun run = CliRun.of("plan", "-m", HollowModel.write(folder).toString(), "-p", "cpu", "--ctx", "1024", "--json");
        assertEquals(ExitCode.SUCCESS, run.code(), run.err());
        JsonNode json = DemoGolden.parse(run.out());
        assertEquals("0-79", json.get("parts").get(1).get("part").asText());
        assertEquals(80L * (2 * (8192L * 8192 * 2 + 2 * 1024L * 8192 + 3 * 29_568L * 8192) + 2 * (3 * 8192L + 2 * 1024)),
                json.get("parts").get(1).get("weightBytes").asLong());
        assertEquals(80L * 1024 * 2 * 1024 * 4, json.get("parts").get(1).get("kvBytes").asLong());
    }

    @Test
    void theTableSaysWhatRunsWhereAndWhy() {
        CliRun run = CliRun.of("plan", "-m", MODEL, "-p", "debug");
        assertEquals(ExitCode.SUCCESS, run.code(), run.err());
        for (String part : List.of("profile debug, a context of ", "layers", "reason", "embedding", "0-6", "cpu:scalar", "output",
                "line 5 of the built-in profile debug", "layers 0-6: full attention", "memory", "reserve")) {
            assertTrue(run.out().contains(part), part + " in\n" + run.out());
        }
    }

    @Test
    void flagsMoveLayersAndLeaveTheirWindows() throws IOException {
        Path profile = Files.writeString(folder.resolve("mine.yaml"), """
                layers:
                  - {layers: 0-1, device: cpu, window: 32}
                  - all: cpu
                """);
        CliRun run = CliRun.of("plan", "-m", MODEL, "-p", profile.toString(), "--layers", "1=cpu:scalar,3-4=cpu:scalar", "--output",
                "cpu:scalar", "--json");
        assertEquals(ExitCode.SUCCESS, run.code(), run.err());
        JsonNode json = DemoGolden.parse(run.out());
        assertEquals("[embedding cpu, 0 cpu, 1 cpu:scalar, 2 cpu, 3-4 cpu:scalar, 5-6 cpu, output cpu:scalar]", words(json));
        assertEquals(32, json.get("attention").get(0).get("window").asInt());
        assertEquals(1, json.get("attention").get(0).get("lastLayer").asInt());
        CliRun flagged = CliRun.of("plan", "-m", MODEL, "-p", profile.toString(), "--layer-windows", "6:16", "--json");
        assertEquals(6, DemoGolden.parse(flagged.out()).get("attention").get(1).get("firstLayer").asInt());
    }

    @Test
    void devicesThatShareAMemoryAreMarked() {
        CliRun run = CliRun.of("plan", "-m", MODEL, "-p", "cpu", "--layers", "0-2=cpu:scalar");
        for (String words : List.of("\ncpu * ", "\ncpu:scalar * ", "\n* one memory")) {
            assertTrue(run.out().contains(words), words + " in\n" + run.out());
        }
        CliRun alone = CliRun.of("plan", "-m", MODEL, "-p", "cpu");
        assertFalse(alone.out().contains("*"), alone.out());
        JsonNode devices = DemoGolden.parse(CliRun.of("plan", "-m", MODEL, "-p", "cpu", "--layers", "0-2=cpu:scalar", "--json").out())
                .get("devices");
        assertEquals("cpu", devices.get(1).get("memory").asText());
        assertTrue(devices.get(0).get("othersBytes").asLong() > 0, devices.toString());
    }

    @Test
    void ofTwoFlagsForOneLayerTheLastHolds() {
        for (List<String> flags : List.of(List.of("--layers", "0-3=cpu:scalar", "--layers", "2=cpu"),
                List.of("--layers", "0-3=cpu:scalar,2=cpu"))) {
            List<String> args = new ArrayList<>(List.of("plan", "-m", MODEL, "-p", "cpu", "--json"));
            args.addAll(flags);
            JsonNode json = DemoGolden.parse(CliRun.of(args.toArray(String[]::new)).out());
            assertEquals("[embedding cpu, 0-1 cpu:scalar, 2 cpu, 3 cpu:scalar, 4-6 cpu, output cpu]", words(json));
        }
        CliRun idle = CliRun.of("plan", "-m", MODEL, "-p", "cpu", "--layers", "2=cpu:scalar", "--layers", "0-3=cpu");
        assertTrue(idle.out().contains("warning: --layers 2=cpu:scalar decides no layer"), idle.out());
    }

    private static String words(JsonNode json) {
        return json.get("parts").valueStream().map(part -> part.get("part").asText() + " " + part.get("device").asText()).toList()
                .toString();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            2 | --device cpu -p cpu | --device puts everything on one device
            2 | --layers 0-3 | --layers expects layers such as 0-11
            2 | --layers 0-99=cpu | --layers 0-99=cpu names layer 99: expected layers 0 to 6
            1 | -p gpuu | there is no profile gpuu: expected a file, or one of auto, cpu, gpu
            1 | -p gpuu | did you mean gpu?
            1 | -p cpu --layers 0=cuda:7:7 | device cuda:7:7 is not there: expected one of cpu, cpu:scalar
            1 | -p gpu --strict | device gpu is not there
            1 | -p gpu --fallback cuup | --fallback cuup: device cuup is not there: expected one of cpu, cpu:scalar
            """)
    void wrongUseIsNamed(int code, String args, String message) {
        String[] all = ("plan -m " + MODEL + " " + args).split(" ");
        CliRun run = CliRun.on(List.of(host()), all);
        assertEquals(code, run.code(), run.err());
        assertTrue(run.err().contains(message), run.err());
    }

    /** A device with 512 MiB, which is what stays free by default. */
    @Test
    void whatDoesNotFitSpillsWithAWarningAndEndsTheRunUnderStrict() throws IOException {
        List<Backend> backends = List.of(host(), new FaultyBackend("cuda:0:0", new Fault.LittleMemory(512L << 20)));
        Path profile = Files.writeString(folder.resolve("mine.yaml"), "layers:\n  - all: cuda:0:0\nfallback: [cpu]\n");
        List<List<String>> asked = List.of(List.of("-p", profile.toString(), "line 2 of mine.yaml"),
                List.of("--layers=all=cuda:0:0", "--fallback=cpu", "--layers all=cuda:0:0"));
        for (List<String> words : asked) {
            CliRun moved = CliRun.on(backends, "plan", "-m", MODEL, "--ctx", "64", words.get(0), words.get(1));
            assertEquals(ExitCode.SUCCESS, moved.code(), moved.err());
            assertTrue(moved.out().contains("warning: layers 0-6 of " + words.get(2) + " run on cpu: cuda:0:0 is full"), moved.out());
            CliRun strict = CliRun.on(backends, "plan", "-m", MODEL, "--ctx", "64", words.get(0), words.get(1), "--strict");
            assertEquals(ExitCode.FAILED, strict.code(), strict.out());
            assertEquals("", strict.out());
            assertTrue(strict.err().contains("layer 0 cannot run where " + words.get(2) + " says: cuda:0:0 is full"), strict.err());
            assertTrue(strict.err().contains("change " + words.get(2)), strict.err());
        }
    }

    @Test
    void backendsThatCannotBeChosenAreNotAsked() {
        List<Backend> backends = List.of(new Untouchable(), host());
        assertEquals(ExitCode.SUCCESS, CliRun.on(backends, "plan", "-m", MODEL, "-p", "cpu").code());
        assertEquals(ExitCode.SUCCESS, CliRun.on(backends, "plan", "-m", MODEL, "-p", "debug").code());
        assertEquals(ExitCode.SUCCESS, CliRun.on(backends, "plan", "-m", MODEL, "--device", "cpu").code());
        CliRun asked = CliRun.on(backends, "plan", "-m", MODEL, "--device", "opencl:0:0");
        assertFalse(asked.code() == ExitCode.SUCCESS);
        assertTrue(asked.err().contains("was asked"), asked.err());
    }

    @Test
    void autoSaysWhichRuleItUsed() {
        CliRun run = CliRun.on(List.of(host(), new FaultyBackend("cuda:0:0")), "plan", "-m", MODEL, "--ctx", "64");
        assertTrue(run.out().contains("by rule of thumb") || run.out().contains("as tuned"), run.out() + run.err());
    }

    private static Backend host() {
        return new CpuBackend.Provider().create(new BackendOptions(1));
    }
}
