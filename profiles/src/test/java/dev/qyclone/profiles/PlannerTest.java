package dev.qyclone.profiles;

import static dev.qyclone.profiles.Invented.GIB;
import static dev.qyclone.profiles.Invented.MIB;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.DeviceKind;
import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.profiles.yaml.BuiltInProfiles;
import dev.qyclone.profiles.yaml.ProfileReader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlannerTest {
    /** On a GPU a layer takes 112 MiB of weights and 4 MiB of keys and values for 512 positions in F32. */
    static final PlanRequest SHORT = PlanRequest.of(512, 128);

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            all fit |  layers: [all: gpu] |  gpu:9 |  0-9 gpu:9 output gpu:9
            one GPU too small |  layers: [all: gpu]; fallback: [cpu] |  small |  0-4 gpu:s 5-9 cpu output cpu
            two GPUs, one after the other |  layers: [fill-then-spill: [gpu:s, gpu:9]] |  small,gpu:9| 0-4 gpu:s 5-9 gpu:9 output gpu:9
            two GPUs, the larger one first |  layers: auto |  small,gpu:9| 0-9 gpu:9 output gpu:9
            two small GPUs, then the CPU |  layers: auto |  small,also |  0-4 gpu:s 5-9 gpu:t output cpu
            no GPU |  layers: auto |   | 0-9 cpu output cpu
            no GPU but a fallback |  layers: [all: gpu]; fallback: [cpu:scalar] |   | 0-9 cpu:scalar output cpu:scalar
            a CPU in disguise is no GPU |  layers: auto |  opencl |  0-9 cpu output cpu
            a simulator is no GPU |  layers: auto |  simulator |  0-9 cpu output cpu
            the first rule that matches |  layers: [3: cpu, 0-5: gpu, all: cpu] |  gpu:9 |  0-2 gpu:9 3 cpu 4-5 gpu:9 6-9 cpu output cpu
            shares of the layers |  layers: [0%-50%: gpu, 50%-100%: cpu] |  gpu:9 |  0-4 gpu:9 5-9 cpu output cpu
            the output elsewhere |  layers: [all: cpu]; output: gpu |  gpu:9 |  0-9 cpu output gpu:9
            an FPGA |  layers: [all: fpga] |  fpga |  0-9 fpga:x output fpga:x
            """)
    void placesOnInventedMachines(String name, String yaml, String devices, String expected) {
        Plan plan = plan(yaml, Invented.model(10), machineOf(devices), SHORT);
        assertEquals(expected, words(plan));
        assertEquals(512, plan.context());
    }

    static Machine machineOf(String names) {
        List<Device> others = new ArrayList<>();
        for (String name : (names == null ? "" : names).split(",")) {
            switch (name.strip()) {
                case "" -> { }
                case "gpu:9" -> others.add(Invented.gpu("gpu:9", 9 * GIB));
                case "small" -> others.add(Invented.gpu("gpu:s", 512 * MIB + 5 * 116 * MIB));
                case "also" -> others.add(Invented.gpu("gpu:t", 512 * MIB + 5 * 116 * MIB));
                case "fpga" -> others.add(Invented.device("fpga:x", DeviceKind.FPGA, 9 * GIB));
                case "opencl" -> others.add(Invented.device("opencl:0:0", DeviceKind.CPU, 9 * GIB));
                case "simulator" -> others.add(Invented.device("opencl:0:1", DeviceKind.SIMULATOR, 9 * GIB));
                default -> throw new IllegalArgumentException(name);
            }
        }
        return Invented.machine(64 * GIB, others.toArray(Device[]::new));
    }

    @Test
    void seventyTwoBillionParametersOnTwentyFourGibibytes() {
        // Qwen2.5-72B in Q4_K_M: 80 layers of about 560 MiB, 8 key heads of 128, context 32768.
        ModelNeeds model = Invented.model(80, 560 * MIB, false, List.of());
        Machine machine = Invented.machine(128 * GIB, Invented.gpu("cuda:0:0", 24 * GIB));
        Plan plan = plan("layers: auto", model, machine, PlanRequest.of(4096, 512));
        // 23.5 GiB hold 36 layers of 627.2 MiB weights and 32 MiB keys and values.
        assertEquals("0-35 cuda:0:0 36-79 cpu output cpu", words(plan));
        assertEquals(List.of(), plan.warnings());
        Plan free = plan("layers: auto", model, machine, PlanRequest.of(0, 512));
        assertEquals("0-35 cuda:0:0 36-79 cpu output cpu", words(free));
        assertTrue(free.context() >= 4096 && free.context() < 32_768, free.context() + "");
    }

    @Test
    void whatSpillsIsToldInOneLine() {
        Plan plan = plan("layers: [all: gpu]; fallback: [cpu]", Invented.model(10), machineOf("small"), SHORT);
        assertEquals(1, plan.warnings().size(), plan.warnings().toString());
        assertTrue(plan.warnings().getFirst().startsWith("layers 5-9 of line 1 of p.yaml run on cpu: gpu:s is full"),
                plan.warnings().toString());
        assertTrue(plan.placement().runs().getLast().reason().startsWith("fallback of line 1 of p.yaml"), plan.toString());
    }

    @Test
    void strictNamesWhatToChange() {
        EngineException full = assertThrows(EngineException.class, () -> plan("layers: [all: gpu]; fallback: [cpu]", Invented.model(10),
                machineOf("small"), SHORT.withStrict(true)));
        assertTrue(full.getMessage().contains("layer 5 cannot run where line 1 of p.yaml says: gpu:s is full"), full.getMessage());
        EngineException absent = assertThrows(EngineException.class, () -> plan("layers: [all: 'opencl:7:0']; fallback: [cpu]",
                Invented.model(10), machineOf("small"), SHORT.withStrict(true)));
        assertEquals(ErrorCode.DEVICE_UNAVAILABLE, absent.code());
        assertTrue(absent.getMessage().contains("expected one of cpu, cpu:scalar, gpu:s, got opencl:7:0"), absent.getMessage());
    }

    @Test
    void aDeviceThatIsNotThereMovesAlongAFallbackOrFails() {
        Plan plan = plan("layers: [all: 'opencl:7:0']; fallback: [cpu]", Invented.model(3), machineOf(""), SHORT);
        assertEquals("0-2 cpu output cpu", words(plan));
        assertTrue(plan.warnings().getFirst().contains("opencl:7:0 is not there (there are cpu, cpu:scalar)"), plan.warnings().toString());
        for (String yaml : List.of("layers: [all: 'opencl:7:0']", "layers: [all: cuup]; fallback: [cpu]")) {
            EngineException e = assertThrows(EngineException.class, () -> plan(yaml, Invented.model(3), machineOf(""), SHORT));
            assertEquals(ErrorCode.DEVICE_UNAVAILABLE, e.code());
            assertTrue(e.getMessage().contains("expected one of cpu, cpu:scalar"), e.getMessage());
        }
    }

    @Test
    void aDeviceThatWasRefusedIsAvoidedWithItsReason() {
        Machine machine = machineOf("gpu:9");
        Machine without = machine.without(machine.devices().getLast(), "rope is wrong there");
        Plan plan = plan("layers: [all: gpu]; fallback: [cpu]", Invented.model(3), without, SHORT);
        assertEquals("0-2 cpu output cpu", words(plan));
        assertTrue(plan.warnings().getFirst().contains("rope is wrong there"), plan.warnings().toString());
        assertEquals("0-2 cpu output cpu", words(plan("layers: auto", Invented.model(3), without, SHORT)));
    }

    @Test
    void aDeviceThatHoldsLessThanItSaysKeepsWhatItHolds() {
        Machine machine = machineOf("gpu:9");
        Machine limited = machine.withLimit(machine.devices().getLast(), new Machine.Limit(2, "no room for 3 layers"));
        Plan plan = plan("layers: [all: gpu]; fallback: [cpu]", Invented.model(5), limited, SHORT);
        assertEquals("0-1 gpu:9 2-4 cpu output cpu", words(plan));
        assertEquals(List.of("layers 2-4 of line 1 of p.yaml run on cpu: no room for 3 layers"), plan.warnings());
        assertEquals("0-1 gpu:9 2-4 cpu output cpu", words(plan("layers: auto", Invented.model(5), limited, SHORT)));
        EngineException e = assertThrows(EngineException.class, () -> plan("layers: [all: gpu]; fallback: [cpu]", Invented.model(5),
                limited, SHORT.withStrict(true)));
        assertTrue(e.getMessage().contains("layer 2 cannot run where line 1 of p.yaml says: no room for 3 layers"), e.getMessage());
    }

    @Test
    void everyLayerNeedsARule() {
        EngineException e = assertThrows(EngineException.class, () -> plan("layers: [0-2: cpu, 5: cpu]", Invented.model(10), machineOf(""),
                SHORT));
        assertTrue(e.getMessage().contains("no rule of profile p.yaml is for layers 3-4, 6-9"), e.getMessage());
        EngineException beyond = assertThrows(EngineException.class, () -> plan("layers: [0-10: cpu]", Invented.model(10), machineOf(""),
                SHORT));
        assertTrue(beyond.getMessage().contains("names layer 10: expected layers 0 to 9"), beyond.getMessage());
    }

    @Test
    void aLargestBufferSplitsARun() {
        // The ffn of a layer takes 84 MiB as copied: three of them pass 256 MiB with the fourth.
        Machine machine = Invented.machine(64 * GIB, Invented.gpuWithBuffers("gpu:b", 9 * GIB, 256 * MIB));
        Plan plan = plan("layers: [all: gpu]", Invented.model(7), machine, SHORT);
        assertEquals("0-2 gpu:b 3-5 gpu:b 6 gpu:b output gpu:b", words(plan));
        assertTrue(plan.placement().runs().get(1).reason().contains("ffn of layers 0-3 would take 336.0 MiB"),
                plan.placement().runs().get(1).reason());
        Machine tiny = Invented.machine(64 * GIB, Invented.gpuWithBuffers("gpu:b", 9 * GIB, 60 * MIB));
        Plan none = plan("layers: [all: gpu]; fallback: [cpu]", Invented.model(3), tiny, SHORT);
        String withOutput = "layers: [all: gpu]; fallback: [cpu]; output: gpu";
        assertEquals("0-2 cpu output gpu:b", words(plan(withOutput, Invented.model(3), tiny, SHORT)));
        assertTrue(none.warnings().getFirst().contains("ffn of layer 0 would take 84.0 MiB, the largest array on gpu:b is 60.0 MiB"),
                none.warnings().toString());
    }

    /** 70 MiB in floats, of 64 MiB that one array may take; nothing of it where the device's prompts read packed weights. */
    @Test
    void aMatrixThatPromptsHaveUnpackedGoesIntoOneArray() {
        ModelNeeds base = Invented.model(3, 10 * MIB, false, List.of());
        ScratchNeeds scratch = new ScratchNeeds(0, 0, 0, 0, 70 * MIB, 0, 0);
        ModelNeeds model = new ModelNeeds(base.embedding(), false, base.layers(), base.output(), 1024, 1024, scratch, 1024);
        Device unpacking = Invented.gpuWithBuffers("gpu:b", 9 * GIB, 64 * MIB);
        String yaml = "layers: [all: gpu]; fallback: [cpu]";
        Plan plan = plan(yaml, model, Invented.machine(64 * GIB, unpacking), SHORT);
        assertEquals("0-2 cpu output cpu", words(plan));
        assertTrue(plan.warnings().getFirst().contains(
                "the largest matrix, unpacked to floats for prompts, would take 70.0 MiB, the largest array on gpu:b is 64.0 MiB"),
                plan.warnings().toString());
        Device packed = new Device("gpu:b", DeviceKind.GPU, "nobody", "toy", 9 * GIB,
                unpacking.facts().withPackedPrompts(List.of(KernelFamily.AUTO, KernelFamily.CONTEXT)), "");
        Machine machine = Invented.machine(64 * GIB, packed);
        assertEquals("0-2 gpu:b output gpu:b", words(plan(yaml, model, machine, SHORT)));
        assertEquals("0-2 cpu output cpu", words(plan("layers: [{layers: 0-2, device: gpu, kernels: parallel}]; fallback: [cpu]", model,
                machine, SHORT)));
        // Work-groups of four items are too small for kernels that read packed weights: the device may have to unpack.
        assertEquals("0-2 cpu output cpu", words(plan("layers: [{layers: 0-2, device: gpu, workgroup: 4}]; fallback: [cpu]", model,
                machine, SHORT)));
        Device large = Invented.gpu("gpu:b", 999 * GIB);
        ScratchNeeds beyond = new ScratchNeeds(0, 0, 0, 0, 9 * GIB, 0, 0);
        ModelNeeds wide = new ModelNeeds(base.embedding(), false, base.layers(), base.output(), 1024, 1024, beyond, 1024);
        Plan none = plan(yaml, wide, Invented.machine(64 * GIB, large), SHORT);
        assertTrue(none.warnings().getFirst().contains("for prompts, would be more than 2^31 elements"), none.warnings().toString());
    }

    @Test
    void keysOfARunStayBelowTwoToTheThirtyOne() {
        // 131072 positions of 1024 elements: 2^27 a layer, so that fifteen layers fit into one array and sixteen do not.
        ModelNeeds base = Invented.model(20, MIB, false, List.of());
        ModelNeeds model = new ModelNeeds(base.embedding(), false, base.layers(), base.output(), 1024, 1024, base.scratch(), 131_072);
        Machine machine = Invented.machine(GIB, Invented.gpu("gpu:h", 999 * GIB));
        Plan plan = plan("layers: [all: gpu]", model, machine, PlanRequest.of(131_072, 512));
        assertEquals("0-14 gpu:h 15-19 gpu:h output gpu:h", words(plan));
        assertTrue(plan.placement().runs().getLast().reason().contains("2^31"), plan.toString());
    }

    /** The experts of Qwen1.5-MoE-A2.7B in F16: 60 gates and ups of 1408 x 2048, two in a word, 12 % for packing. */
    @Test
    void expertsOfARunStayBelowTwoToTheThirtyOne() {
        ModelNeeds base = Invented.model(1);
        WeightRole experts = new WeightRole("gate_up_exps", 60L * 2 * 1408 * 2048 * 2, 60L * 1408 * 2048 * 112 / 100);
        ModelNeeds model = new ModelNeeds(base.embedding(), false, Collections.nCopies(24, new LayerNeeds(List.of(experts), 0)),
                base.output(), 1024, 1024, base.scratch(), 2048);
        Plan plan = plan("layers: [all: gpu]", model, Invented.machine(GIB, Invented.gpu("gpu:h", 999 * GIB)), SHORT);
        assertEquals("0-10 gpu:h 11-21 gpu:h 22-23 gpu:h output gpu:h", words(plan));
        assertTrue(plan.placement().runs().getLast().reason().contains("gate_up_exps of layers 11-22 would be more than 2^31 elements"),
                plan.placement().runs().getLast().reason());
    }

    @Test
    void aTiedOutputIsCopiedToADeviceAndSharedOnTheHost() {
        ModelNeeds tied = Invented.model(2, 100 * MIB, true, List.of());
        assertEquals(0, outputWeights(plan("layers: [all: cpu]", tied, machineOf("gpu:9"), SHORT)));
        assertEquals(56 * MIB, outputWeights(plan("layers: [all: gpu]", tied, machineOf("gpu:9"), SHORT)));
        assertEquals(50 * MIB, outputWeights(plan("layers: [all: cpu]", Invented.model(2), machineOf("gpu:9"), SHORT)));
    }

    private static long outputWeights(Plan plan) {
        return plan.rows().getLast().weights();
    }

    @Test
    void windowedLayersTakeNoMoreThanTheirWindow() {
        List<Integer> windows = List.of(0, 0, 2048, 2048);
        Plan plan = plan("layers: [all: gpu]", Invented.model(4, MIB, false, windows), machineOf("gpu:9"), PlanRequest.of(32_768, 512));
        long row = 2048 * 4;
        assertEquals(2 * 32_768 * row + 2 * (2048 + 512 + 32) * row, plan.rows().get(1).kv());
    }

    @Test
    void aRuleSaysHowItsLayersAreKept() {
        String yaml = "kv: f16; layers: [{layers: 0-1, device: gpu, kv: f32, kernels: fpga, workgroup: 64}, all: gpu]";
        Plan plan = plan(yaml, Invented.model(4), machineOf("gpu:9"), SHORT);
        assertEquals("0-1 gpu:9 2-3 gpu:9 output gpu:9", words(plan));
        assertEquals(KvType.F32, plan.placement().runs().getFirst().options().kvType());
        assertEquals(KernelFamily.FPGA, plan.placement().runs().getFirst().options().kernels().family());
        assertTrue(plan.rows().get(1).reason().endsWith("; kernels fpga; work-groups of 64"), plan.rows().get(1).reason());
        Profile forced = ProfileReader.parse("p.yaml", yaml.replace("; ", "\n")).withKernels(new KernelChoice(KernelFamily.CONTEXT, 0));
        Plan alike = Planner.plan(forced, Invented.model(4), machineOf("gpu:9"), SHORT);
        assertEquals(List.of(KernelFamily.CONTEXT, KernelFamily.CONTEXT),
                alike.placement().runs().stream().map(run -> run.options().kernels().family()).toList());
        assertEquals(KvType.F16, plan.placement().runs().getLast().options().kvType());
        assertEquals(plan.rows().get(1).kv(), 2 * plan.rows().get(2).kv());
        Profile flagged = ProfileReader.parse("p.yaml", "layers: [{layers: all, device: cpu, kv: f32}]").withKv(KvType.F16);
        Plan overridden = Planner.plan(flagged, Invented.model(2), machineOf(""), SHORT);
        assertEquals(KvType.F16, overridden.placement().runs().getFirst().options().kvType());
    }

    @Test
    void whatWasMeasuredComesBeforeTheRuleOfThumb() {
        TunedDevices tuned = new TunedDevices("cpu", List.of("cpu", "gpu:9", "gpu:9", "cpu"), "gpu:9", "as tuned yesterday");
        Plan plan = plan("layers: auto", Invented.model(4), machineOf("gpu:9"), SHORT.withTuned(tuned));
        assertEquals("0 cpu 1-2 gpu:9 3 cpu output gpu:9", words(plan));
        assertEquals("auto, as tuned yesterday", plan.placement().runs().getFirst().reason());
        assertEquals("auto, as tuned yesterday", plan.rows().getLast().reason(), "it is not beside the last layer");
        assertEquals(List.of(), plan.warnings());
        assertEquals("auto, by rule of thumb: GPUs first, filled, then the CPU",
                plan("layers: auto", Invented.model(4), machineOf("gpu:9"), SHORT).placement().runs().getFirst().reason());
    }

    @Test
    void theContextIsCutToTheMemoryAndTheUserIsTold() {
        // 10 layers take 80 KiB a position; 1000 MiB of layers and 100 of embedding and output are mapped.
        Machine machine = Invented.machine(1100 * MIB + 20_000 * 80 * 1024L);
        Plan plan = plan("layers: [all: cpu]", Invented.model(10), machine, PlanRequest.of(0, 128));
        assertEquals(19_968, plan.context());
        assertTrue(plan.warnings().getFirst().contains("from 32768 to 19968"), plan.warnings().toString());
        EngineException e = assertThrows(EngineException.class, () -> plan("layers: [all: cpu]", Invented.model(10),
                machine, PlanRequest.of(30_000, 128)));
        assertEquals(ErrorCode.OUT_OF_MEMORY, e.code());
        assertTrue(e.getMessage().contains("at most 19968 positions do"), e.getMessage());
        EngineException beyond = assertThrows(EngineException.class, () -> plan("layers: [all: cpu]", Invented.model(10),
                machineOf(""), PlanRequest.of(32_769, 128)));
        assertEquals(ErrorCode.BAD_REQUEST, beyond.code());
    }

    /** Ten layers for 1000 positions: without being asked, less than 4096 are planned with a warning, and under strict refused. */
    @Test
    void underStrictNobodysContextIsMadeSmallerThanIsCommon() {
        Machine machine = Invented.machine(64 * GIB, Invented.gpu("gpu:s", (512 + 10 * 112) * MIB + 1000 * 80 * 1024L));
        assertEquals(768, plan("layers: [all: gpu]", Invented.model(10), machine, PlanRequest.of(0, 128)).context());
        PlanRequest strict = PlanRequest.of(0, 128).withStrict(true);
        EngineException e = assertThrows(EngineException.class, () -> plan("layers: [all: gpu]", Invented.model(10), machine, strict));
        assertEquals(ErrorCode.OUT_OF_MEMORY, e.code());
        assertTrue(e.getMessage().startsWith("a context of 4096 positions does not fit, at most 768 positions do"), e.getMessage());
        assertTrue(e.getMessage().contains("--ctx"), e.getMessage());
        assertEquals(768, plan("layers: [all: gpu]", Invented.model(10), machine, strict.withContext(768)).context());
    }

    @Test
    void whatFitsGetsTheModelsContextWithoutWarnings() {
        Plan plan = plan("layers: [all: cpu]", Invented.model(10), machineOf(""), PlanRequest.of(0, 128));
        assertEquals(32_768, plan.context());
        assertEquals(List.of(), plan.warnings());
    }

    @Test
    void weightsLargerThanTheHostsMemoryAreAWarning() {
        Plan plan = plan("layers: [all: cpu]", Invented.model(10), Invented.machine(500 * MIB), PlanRequest.of(256, 128));
        assertEquals("0-9 cpu output cpu", words(plan));
        assertTrue(plan.warnings().getFirst().contains("read from disk again and again"), plan.warnings().toString());
    }

    /** Layers of 100 MiB of which copies take 70, an output of 50 with copies of 40: beside 240 mapped MiB 110 or 180 more. */
    @ParameterizedTest(name = "{0}, {1} MiB: {2}")
    @CsvSource(delimiter = '|', textBlock = """
            0-1 cpu output cpu | layers: [all: cpu] | 1000 | 180
            0-1 cpu:scalar output cpu:scalar | layers: [all: cpu:scalar] | 1000 | 0
            0 cpu:scalar 1 cpu output cpu | layers: [0: cpu:scalar, all: cpu] | 1000 | 110
            0-1 cpu output cpu | layers: [all: cpu] | 400 | 0
            """)
    void copiesForDecodeTakeWhatIsLeftOver(String expected, String yaml, int memory, int copied) {
        List<LayerNeeds> layers = Collections.nCopies(2, new LayerNeeds(List.of(new WeightRole("qkv", 100 * MIB, MIB, 70 * MIB)), 0));
        ModelNeeds base = Invented.model(2);
        ModelNeeds model = new ModelNeeds(base.embedding(), false, layers, new WeightRole("output", 50 * MIB, MIB, 40 * MIB), 1024, 1024,
                base.scratch(), base.context());
        Plan plan = plan(yaml, model, Invented.machine(memory * MIB), SHORT);
        assertEquals(expected, words(plan));
        assertEquals(copied * MIB, plan.rows().stream().mapToLong(PlanRow::repacked).sum());
        assertEquals(copied * MIB, plan.totals().stream().mapToLong(DeviceTotal::copied).sum());
        boolean wanted = !yaml.equals("layers: [all: cpu:scalar]");
        assertEquals(wanted && copied == 0, plan.warnings().toString().contains("180.0 MiB"), plan.warnings().toString());
        assertEquals(copied > 0, plan.placement().runs().getLast().reason().contains("copied for decode"));
        if (wanted) {
            assertEquals(copied > 0, plan.placement().outputOptions().repack());
            assertEquals(copied > 0, plan.placement().runs().getLast().options().repack());
        }
        Plan without = plan(yaml, model, Invented.machine(memory * MIB), SHORT.withRepack(false));
        assertEquals(0, without.totals().stream().mapToLong(DeviceTotal::copied).sum());
        assertEquals(List.of(), without.warnings());
        assertFalse(wanted && without.placement().runs().getLast().options().repack());
    }

    @Test
    void theBuiltInProfilesPlanOnMachinesWithAndWithoutAGpu() {
        Map<String, String> expected = Map.of(
                "auto", "0-3 gpu:9 output gpu:9", "cpu", "0-3 cpu output cpu", "gpu", "0-3 gpu:9 output gpu:9",
                "split", "0-1 gpu:9 2-3 cpu output cpu",
                "fpga", "0-3 cpu output cpu", "debug", "0-3 cpu:scalar output cpu:scalar");
        for (String name : BuiltInProfiles.NAMES) {
            Profile profile = BuiltInProfiles.named(name);
            assertEquals(expected.get(name), words(Planner.plan(profile, Invented.model(4), machineOf("gpu:9"), SHORT)), name);
            String host = name.equals("debug") ? "cpu:scalar" : "cpu";
            assertEquals("0-3 " + host + " output " + host, words(Planner.plan(profile, Invented.model(4), machineOf(""), SHORT)), name);
        }
    }

    /** On a board, on a machine without one where a device that can run its kernels is named, and with a board that is too small. */
    @Test
    void theBuiltInFpgaProfileRunsItsKernelsWhereItsLayersAndTheirOutputAre() {
        Profile fpga = BuiltInProfiles.named("fpga");
        Plan board = Planner.plan(fpga, Invented.model(4), machineOf("fpga,gpu:9"), SHORT);
        assertEquals("0-3 fpga:x output fpga:x", words(board));
        Profile moved = fpga.withRulesBefore(List.of(new LayerRule(new LayerRange.All(), new Target.One("opencl:0:0"), null, "a flag")))
                .withOutput(new Choice("opencl:0:0", "a flag"));
        Plan named = Planner.plan(moved, Invented.model(4), machineOf("opencl"), SHORT);
        assertEquals("0-3 opencl:0:0 output opencl:0:0", words(named));
        for (Plan plan : List.of(board, named)) {
            assertEquals(List.of(), plan.warnings());
            assertEquals("cpu", plan.placement().embedding().id());
            assertEquals(KernelFamily.FPGA, plan.placement().runs().getFirst().options().kernels().family());
            assertEquals(KernelFamily.FPGA, plan.placement().outputOptions().kernels().family());
        }
        Machine small = Invented.machine(64 * GIB, Invented.device("fpga:x", DeviceKind.FPGA, (512 + 2 * 116 + 56) * MIB));
        Plan spilt = Planner.plan(fpga, Invented.model(4), small, SHORT);
        assertEquals("0-1 fpga:x 2-3 cpu output fpga:x", words(spilt));
        assertEquals(KernelFamily.AUTO, spilt.placement().runs().getLast().options().kernels().family());
        assertEquals(KernelFamily.FPGA, spilt.placement().outputOptions().kernels().family());
    }

    static Plan plan(String yaml, ModelNeeds model, Machine machine, PlanRequest request) {
        return Planner.plan(ProfileReader.parse("p.yaml", yaml.replace("; ", "\n")), model, machine, request);
    }

    static String words(Plan plan) {
        return plan.rows().stream().skip(1).map(row -> row.part() + " " + row.device().id()).collect(Collectors.joining(" "));
    }
}
