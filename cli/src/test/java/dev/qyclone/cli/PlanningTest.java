package dev.qyclone.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.cpu.CpuBackend;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.faulty.Fault;
import dev.qyclone.engine.faulty.FaultyBackend;
import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.profiles.PlanRequest;
import dev.qyclone.profiles.Profile;
import dev.qyclone.profiles.yaml.ProfileReader;
import java.io.BufferedReader;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlanningTest {
    private static final PlanRequest REQUEST = PlanRequest.of(64, 16);

    private final StringWriter err = new StringWriter();
    private final FaultyBackend full = new FaultyBackend("cuda:0:0", new Fault.FullAtLayer(2));

    @Test
    void whatADeviceRefusesGoesWhereTheProfileSaysWithOneLine() {
        try (Engine engine = open("layers: [0-3: 'cuda:0:0', all: cpu]\nfallback: [cpu:scalar]", REQUEST)) {
            assertEquals(List.of("cpu:scalar", "cpu"),
                    engine.placement().runs().stream().map(run -> run.device().id()).toList());
        }
        List<String> lines = err.toString().lines().toList();
        assertEquals(1, lines.size(), err.toString());
        assertTrue(lines.getFirst().startsWith("qyclone: layers 0-3 of line 1 of p.yaml run on cpu:scalar: "), err.toString());
        assertEquals(0, full.openThings());
    }

    @Test
    void withoutAFallbackOrUnderStrictTheDevicesReasonEndsTheRun() {
        String nowhere = "layers: [all: 'cuda:0:0']";
        assertEquals(ErrorCode.OUT_OF_MEMORY, assertThrows(EngineException.class, () -> open(nowhere, REQUEST)).code());
        String somewhere = nowhere + "\nfallback: [cpu]";
        assertEquals(ErrorCode.OUT_OF_MEMORY,
                assertThrows(EngineException.class, () -> open(somewhere, REQUEST.withStrict(true))).code());
        assertEquals(0, full.openThings());
    }

    private Engine open(String yaml, PlanRequest request) {
        Backends backends = new Backends(List.of(new CpuBackend.Provider().create(new BackendOptions(1)), full));
        Model model = ModelLoader.load(DemoModel.file());
        Profile profile = ProfileReader.parse("p.yaml", yaml);
        Streams streams = new Streams(new BufferedReader(new StringReader("")), new PrintWriter(new StringWriter()), new PrintWriter(err),
                false, false, false);
        Planning planning = Planning.of(model, profile, backends, request, streams);
        return Engine.open(model, backends, planning.plan().placement(), planning);
    }
}
