package dev.qyclone.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import dev.qyclone.engine.model.PublishedShape;
import dev.qyclone.engine.model.SyntheticModel;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.engine.tensor.TensorType;
import dev.qyclone.profiles.Machine;
import dev.qyclone.profiles.ModelNeeds;
import dev.qyclone.profiles.Plan;
import dev.qyclone.profiles.PlanRequest;
import dev.qyclone.profiles.Planner;
import dev.qyclone.profiles.Profile;
import dev.qyclone.profiles.tune.Effort;
import dev.qyclone.profiles.tune.Gauges;
import dev.qyclone.profiles.tune.Goal;
import dev.qyclone.profiles.tune.Tuner;
import dev.qyclone.profiles.tune.TuningCache;
import dev.qyclone.profiles.tune.Workload;
import dev.qyclone.profiles.yaml.BuiltInProfiles;
import dev.qyclone.profiles.yaml.ProfileReader;
import java.io.BufferedReader;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlanningTest {
    private static final PlanRequest REQUEST = PlanRequest.of(64, 16);

    @TempDir
    private Path folder;
    private final StringWriter err = new StringWriter();
    private final FaultyBackend full = new FaultyBackend("cuda:0:0", new Fault.FullAtLayer(2));

    @Test
    void aDeviceThatTurnsOutFullKeepsTheLayersThatFit() {
        try (Engine engine = open("layers: [0-3: 'cuda:0:0', all: cpu]\nfallback: [cpu:scalar]", REQUEST)) {
            assertEquals(List.of("0+2 cuda:0:0", "2+2 cpu:scalar"), engine.placement().runs().stream().limit(2)
                    .map(run -> run.firstLayer() + "+" + run.count() + " " + run.device().id()).toList());
            assertEquals("cpu", engine.placement().output().id());
        }
        List<String> lines = err.toString().lines().toList();
        assertEquals(1, lines.size(), err.toString());
        String line = "qyclone: layers 2-3 of line 1 of p.yaml run on cpu:scalar: cuda:0:0 has no room for 3 layers";
        assertTrue(lines.getFirst().startsWith(line), err.toString());
        assertEquals(0, full.openThings());
    }

    @Test
    void whatADeviceWithNoRoomAtAllRefusesGoesWhereTheProfileSaysWithOneLine() {
        full.put(new Fault.FullAtLayer(0));
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
    void withoutAFallbackOrUnderStrictTheRunEndsAndNamesTheLineToChange() {
        String nowhere = "layers: [all: 'cuda:0:0']";
        String somewhere = nowhere + "\nfallback: [cpu]";
        for (Fault fault : List.of(new Fault.FullAtLayer(2), new Fault.WrongKernel(Fault.Kernel.ROPE))) {
            full.put(fault);
            ErrorCode code = fault instanceof Fault.FullAtLayer ? ErrorCode.OUT_OF_MEMORY : ErrorCode.DEVICE_UNAVAILABLE;
            for (EngineException e : List.of(assertThrows(EngineException.class, () -> open(nowhere, REQUEST)),
                    assertThrows(EngineException.class, () -> open(somewhere, REQUEST.withStrict(true))))) {
                assertEquals(code, e.code(), e.getMessage());
                assertTrue(e.getMessage().contains("change line 1 of p.yaml"), e.getMessage());
                assertTrue(e.getSuppressed()[0].getMessage().contains("cuda:0:0"), e.getMessage());
            }
        }
        assertEquals(0, full.openThings());
    }

    /** Under {@code auto}, which would take the plain reference next if the host itself were given up. */
    @Test
    void aHostThatHasNoRoomForCopiesDoesWithoutThemAndKeepsItsLayers(@TempDir Path folder) {
        Path file = folder.resolve("model.gguf");
        SyntheticModel.write(PublishedShape.ofName("tiny").orElseThrow(), TensorType.Q4_0, 1, file, (done, total) -> { });
        Model model = ModelLoader.load(file);
        Backends backends = new Backends(List.of(new NoRoomForCopies()));
        Profile auto = ProfileReader.parse("p.yaml", "layers: auto");
        Planning planning = Planning.of(model, auto, backends, REQUEST.withStrict(true), streams());
        assertTrue(planning.plan().placement().runs().getFirst().options().repack(), "there is nothing to do without");
        try (Engine engine = Engine.open(model, backends, planning.plan().placement(), planning)) {
            assertEquals(List.of("cpu"), engine.placement().runs().stream().map(run -> run.device().id()).toList());
            assertFalse(engine.placement().runs().getFirst().options().repack());
        }
        planning.tell();
        assertEquals("qyclone: decode reads the weights as they are stored: layers 0-1 on cpu: no room for copies\n", err.toString());
    }

    @Test
    void aHostThatIsRefusedAltogetherSaysWhy() {
        Machine machine = Machine.of(new CpuBackend.Provider().create(new BackendOptions(1)).devices());
        Machine none = machine.without(machine.devices().get(0), "cpu is not used: no memory")
                .without(machine.devices().get(1), "cpu:scalar is not used: none either");
        try (Model model = ModelLoader.load(DemoModel.file())) {
            EngineException e = assertThrows(EngineException.class,
                    () -> Planner.plan(ProfileReader.parse("p.yaml", "layers: auto"), ModelNeeds.of(model), none, REQUEST));
            assertEquals(ErrorCode.DEVICE_UNAVAILABLE, e.code());
            assertTrue(e.getMessage().contains("got cpu is not used: no memory; cpu:scalar is not used: none either"), e.getMessage());
        }
    }

    private Streams streams() {
        return new Streams(new BufferedReader(new StringReader("")), new PrintWriter(new StringWriter()), new PrintWriter(err),
                false, false, false);
    }

    @Test
    void whatWasMeasuredWithOtherKernelsIsNotUsedAndThatIsSaid() {
        Backends backends = new Backends(List.of(new CpuBackend.Provider().create(new BackendOptions(1)), full));
        full.heal();
        TuningCache cache = new TuningCache(folder, err::write);
        try (backends; Model model = ModelLoader.load(DemoModel.file())) {
            List<Device> only = List.of(backends.device("cuda:0:0"));
            new Tuner(model, backends, cache, Gauges.even(System::nanoTime), line -> { }).tune(only, Goal.DECODE, new Workload(4, 4),
                    StageOptions.DEFAULT.withContext(64), Profile.DEFAULT_RESERVE, new Effort(1, 0, 1, 1, 1, 1), false);
            Profile auto = BuiltInProfiles.named(BuiltInProfiles.AUTO);
            Plan tuned = Planning.of(model, auto, backends, REQUEST, cache, streams()).plan();
            assertEquals("cuda:0:0", tuned.placement().runs().getFirst().device().id());
            assertEquals(List.of(), tuned.warnings());
            Profile other = auto.withKernels(new KernelChoice(KernelFamily.CONTEXT, 0));
            Planning planning = Planning.of(model, other, backends, REQUEST, cache, streams());
            assertEquals("cpu", planning.plan().placement().runs().getFirst().device().id(), "by the rule of thumb");
            planning.tell();
            assertEquals(List.of("qyclone: what tune measured is not used: devices ran the kernels that suit them, and others"
                    + " are asked for"), err.toString().lines().toList());
        }
    }

    private Engine open(String yaml, PlanRequest request) {
        Backends backends = new Backends(List.of(new CpuBackend.Provider().create(new BackendOptions(1)), full));
        Model model = ModelLoader.load(DemoModel.file());
        Profile profile = ProfileReader.parse("p.yaml", yaml);
        Planning planning = Planning.of(model, profile, backends, request, streams());
        Engine engine = Engine.open(model, backends, planning.plan().placement(), planning);
        planning.tell();
        return engine;
    }
}
