package dev.qyclone.profiles;

import static dev.qyclone.profiles.Invented.GIB;
import static dev.qyclone.profiles.Invented.MIB;
import static dev.qyclone.profiles.PlannerTest.SHORT;
import static dev.qyclone.profiles.PlannerTest.machineOf;
import static dev.qyclone.profiles.PlannerTest.plan;
import static dev.qyclone.profiles.PlannerTest.words;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.profiles.yaml.ProfileReader;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The reasons that a plan gives, and what it warns of. */
class PlanReasonsTest {
    /** Room for five layers where six and the output were measured to be best; the output is beside the last layer then. */
    @Test
    void whatLeavesTheMeasuredDeviceSaysSo() {
        TunedDevices tuned = new TunedDevices("cpu", Collections.nCopies(6, "gpu:s"), "gpu:s", "as tuned yesterday");
        for (boolean strict : List.of(false, true)) {
            Plan plan = plan("layers: auto", Invented.model(6), machineOf("small"), SHORT.withTuned(tuned).withStrict(strict));
            assertEquals("0-4 gpu:s 5 cpu output cpu", words(plan));
            assertEquals("auto, as tuned yesterday", plan.rows().get(1).reason());
            assertTrue(plan.rows().get(2).reason().startsWith("auto, not on gpu:s as tuned yesterday: gpu:s is full"), plan.toString());
            assertTrue(plan.rows().getLast().reason().startsWith("beside the last layer, not on gpu:s as tuned: gpu:s is full"),
                    plan.toString());
            assertEquals(1, plan.warnings().size(), plan.warnings().toString());
            assertTrue(plan.warnings().getFirst().startsWith("layer 5 of line 1 of p.yaml runs on cpu: gpu:s is full"),
                    plan.warnings().toString());
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            layers: [all: cpu, 0-2: 'opencl:0:0'] | line 1 of p.yaml decides no layer: rules before it have them all
            layers: [0-1: cpu, 2-3: cpu, 50%-100%: gpu] | line 1 of p.yaml decides no layer: rules before it have them all
            layers: [auto, all: cpu] | line 1 of p.yaml decides no layer: rules before it have them all
            layers: [0-3: cpu, all: gpu] | none
            layers: [0%-50%: cpu, 50%-100%: cpu] | none
            layers: [0%-10%: gpu, all: cpu] | none
            """)
    void aRuleThatDecidesNoLayerIsToldButForOneForAllOthers(String yaml, String warning) {
        Plan plan = plan(yaml, Invented.model(4), machineOf("gpu:9"), SHORT);
        assertEquals(warning == null ? List.of() : List.of(warning), plan.warnings());
    }

    @ParameterizedTest
    @ValueSource(strings = {"opnecl:0:0", "gpu:x", "opencl:zero"})
    void aSlipIsFoundInARuleThatDecidesNoLayerAndInOneThatDoes(String slip) {
        for (String yaml : List.of("layers: [all: cpu, 0-2: '%s']", "layers: [all: '%s']; fallback: [cpu]",
                "layers: [all: cpu, fill-then-spill: [cpu, '%s']]", "layers: [all: cpu]; fallback: ['%s']")) {
            EngineException e = assertThrows(EngineException.class,
                    () -> plan(yaml.formatted(slip), Invented.model(4), machineOf("gpu:9"), SHORT));
            assertEquals(ErrorCode.DEVICE_UNAVAILABLE, e.code());
            int line = yaml.contains("; fallback: ['") ? 2 : 1;
            assertTrue(e.getMessage().startsWith("line " + line + " of p.yaml: device " + slip
                    + " is not there: expected one of cpu, cpu:scalar, gpu:9"), e.getMessage());
        }
    }

    @Test
    void aRuleOfWhichFlagsMoveAllLayersStillSaysHowTheyRun() {
        Profile profile = ProfileReader.parse("p.yaml", "layers: [{layers: all, device: 'cuda:7:7', kv: f16}]");
        LayerRule flag = new LayerRule(new LayerRange.All(), new Target.One("cpu"), null, "--layers all=cpu");
        Plan plan = Planner.plan(profile.withRulesBefore(List.of(flag)), Invented.model(4), machineOf(""), SHORT);
        assertEquals(List.of(), plan.warnings());
        assertEquals(KvType.F16, plan.placement().runs().getFirst().options().kvType());
        Plan twice = Planner.plan(profile.withRulesBefore(List.of(flag, flag)), Invented.model(4), machineOf(""), SHORT);
        assertEquals("0-3 cpu output cpu", words(twice));
    }

    @Test
    void anOutputThatHasNoRoomBesideTheLastLayerSaysWhy() {
        Machine machine = Invented.machine(64 * GIB, Invented.gpu("gpu:s", 512 * MIB + 116 * MIB));
        Plan plan = plan("layers: [all: gpu]", Invented.model(1), machine, SHORT);
        assertEquals("0 gpu:s output cpu", words(plan));
        assertTrue(plan.rows().getLast().reason().startsWith("not beside the last layer: gpu:s is full"), plan.rows().getLast().reason());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            layers: [0-1: gpu, all: cpu]; output: gpu
            layers: [all: cpu]; output: gpu
            layers: [all: gpu]
            """)
    void kernelsThatAFlagAsksForAreTheOutputsToo(String yaml) {
        Profile flagged = ProfileReader.parse("p.yaml", yaml.replace("; ", "\n")).withKernels(new KernelChoice(KernelFamily.FPGA, 0));
        Plan plan = Planner.plan(flagged, Invented.model(3), machineOf("gpu:9"), SHORT);
        assertEquals("gpu:9", plan.placement().output().id());
        assertEquals(KernelFamily.FPGA, plan.placement().outputOptions().kernels().family());
        assertTrue(plan.rows().getLast().reason().endsWith("; kernels fpga"), plan.rows().getLast().reason());
        Plan onHost = Planner.plan(flagged.withOutput(new Choice("cpu", "here")), Invented.model(3), machineOf("gpu:9"), SHORT);
        assertEquals(KernelFamily.AUTO, onHost.placement().outputOptions().kernels().family());
    }
}
