package dev.qyclone.profiles;

import static dev.qyclone.profiles.Invented.GIB;
import static dev.qyclone.profiles.Invented.MIB;
import static dev.qyclone.profiles.PlannerTest.SHORT;
import static dev.qyclone.profiles.PlannerTest.plan;
import static dev.qyclone.profiles.PlannerTest.words;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.DeviceFacts;
import dev.qyclone.engine.stage.DeviceKind;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Devices that share a memory. */
class SharedMemoryTest {
    /**
     * A CPU under OpenCL with 2 layers of 112 MiB and 4 of keys and values; on the host 3 of 4 MiB, with 100 each and 50 of the embedding
     * mapped besides. The host has less for what OpenCL takes, OpenCL for what the host takes only where there is no other memory.
     */
    @ParameterizedTest
    @CsvSource({"9, 0", "64, 12"})
    void whatIsFreeIsWhatAllThatShareAMemoryLeave(int gibibytes, int ofOthers) {
        Machine machine = Invented.machine(64 * GIB, Invented.device("opencl:0:0", DeviceKind.CPU, gibibytes * GIB),
                Invented.gpu("gpu:9", 9 * GIB));
        Plan plan = plan("layers: [0-1: 'opencl:0:0', 2-3: cpu, 4: 'cpu:scalar', all: gpu]", Invented.model(6), machine, SHORT);
        Map<String, Long> free = plan.totals().stream().collect(Collectors.toMap(total -> total.device().id(), DeviceTotal::free));
        long copied = 2 * (112 + 4);
        assertEquals(64 * GIB - (copied + 3 * 4 + 3 * 100 + 50) * MIB, free.get("cpu"));
        assertEquals(free.get("cpu"), free.get("cpu:scalar"));
        assertEquals(gibibytes * GIB - (copied + ofOthers) * MIB, free.get("opencl:0:0"));
        assertEquals(9 * GIB - (112 + 4 + 56) * MIB, free.get("gpu:9"));
        assertEquals(List.of("cpu", "cpu", "cpu", "gpu:9"), plan.totals().stream().map(DeviceTotal::memory).sorted().toList());
    }

    /** Six layers of 116 MiB fill what a driver gives its device; eight and an output of 56 fit into the memory behind both, nine not. */
    @Test
    void whatDriversGiveOfOneMemoryIsNotMoreThanItHas() {
        Machine machine = Invented.machine(GIB, Invented.device("opencl:0:0", DeviceKind.CPU, 700 * MIB),
                Invented.device("opencl:0:1", DeviceKind.SIMULATOR, 700 * MIB));
        String yaml = "layers: [fill-then-spill: ['opencl:0:0', 'opencl:0:1']]; reserve: 0";
        assertEquals("0-5 opencl:0:0 6-7 opencl:0:1 output opencl:0:1", words(plan(yaml, Invented.model(8), machine, SHORT)));
        EngineException e = assertThrows(EngineException.class, () -> plan(yaml, Invented.model(9), machine, SHORT));
        assertTrue(e.getMessage().contains("layer 8 does not fit on any of opencl:0:0, opencl:0:1"), e.getMessage());
    }

    /** Ten layers of 100 MiB, embedding and output of 50 each, keys and values of 2 MiB a layer, on two devices. */
    @Test
    void whatAllDevicesOfTheHostReadIsWhatDoesNotFit() {
        Plan plan = plan("layers: [0-4: 'cpu:scalar', all: cpu]", Invented.model(10), Invented.machine(500 * MIB),
                PlanRequest.of(256, 128));
        String words = "the weights (1.07 GiB), with 20.0 MiB beside them, are larger than the memory of cpu:scalar (500.0 MiB)";
        assertTrue(plan.warnings().getFirst().startsWith(words), plan.warnings().toString());
    }

    /** Of 1000 MiB 308 are mapped or held, 110 are for copies: with the reserve of 500 once that fits, and not if it were kept twice. */
    @Test
    void theReserveOfTheHostIsKeptOnceForBothItsDevices() {
        List<LayerNeeds> layers = Collections.nCopies(2, new LayerNeeds(List.of(new WeightRole("qkv", 100 * MIB, MIB, 70 * MIB)), 0));
        ModelNeeds base = Invented.model(2);
        ModelNeeds model = new ModelNeeds(base.embedding(), false, layers, new WeightRole("output", 50 * MIB, MIB, 40 * MIB), 1024, 1024,
                base.scratch(), base.context());
        Plan plan = plan("layers: [0: 'cpu:scalar', all: cpu]; reserve: 500 MiB", model, Invented.machine(1000 * MIB), SHORT);
        assertEquals(110 * MIB, plan.rows().stream().mapToLong(PlanRow::repacked).sum(), plan.warnings().toString());
    }

    /** Qwen2.5-72B in Q4_K_M, of which 23.5 GiB hold 36 layers, and a card of 24 GiB of which PTX shows a little less. */
    @Test
    void oneCardThatTwoRuntimesShowIsFilledOnce() {
        ModelNeeds model = Invented.model(80, 560 * MIB, false, List.of());
        Device opencl = Invented.gpu("opencl:0:0", 24 * GIB);
        Device ptx = Invented.gpu("ptx:1:0", 24 * GIB - 300 * MIB);
        Machine machine = Invented.machine(128 * GIB, opencl, ptx);
        assertEquals("0-35 opencl:0:0 36-79 cpu output cpu", words(plan("layers: auto", model, machine, PlanRequest.of(4096, 512))));
        assertEquals("0-35 opencl:0:0 36-79 cpu output cpu",
                words(plan("layers: [fill-then-spill: [gpu, 'ptx:1:0', cpu]]", model, machine, PlanRequest.of(4096, 512))));
        assertEquals(ptx, machine.without(opencl, "it computes wrongly").find("gpu").orElseThrow());
        assertTrue(machine.find("gpu:1").isEmpty());
    }

    @Test
    void twoEqualCardsAreTwoHoweverManyRuntimesShowThem() {
        Machine one = Invented.machine(64 * GIB, Invented.gpu("opencl:0:0", 9 * GIB), Invented.gpu("opencl:0:1", 9 * GIB));
        assertEquals(List.of("opencl:0:0", "opencl:0:1"), one.gpus().stream().map(Device::id).toList());
        Machine both = Invented.machine(64 * GIB, Invented.gpu("opencl:0:0", 9 * GIB), Invented.gpu("opencl:0:1", 9 * GIB),
                Invented.gpu("ptx:1:0", 9 * GIB), Invented.gpu("ptx:1:1", 9 * GIB), Invented.gpu("ptx:1:2", 24 * GIB));
        assertEquals(List.of("ptx:1:2", "opencl:0:0", "opencl:0:1"), both.gpus().stream().map(Device::id).toList());
        assertEquals(List.of("opencl:0:0", "opencl:0:1", "opencl:0:0", "opencl:0:1", "ptx:1:2"),
                both.devices().stream().skip(2).map(both::pool).toList());
        assertEquals("opencl:0:1", both.find("gpu:1").orElseThrow().id());
        assertEquals("ptx:1:2", both.find("gpu:2").orElseThrow().id());
    }

    @Test
    void cardsOfOtherNamesAreOthers() {
        Device opencl = Invented.gpu("opencl:0:0", 9 * GIB);
        Device ptx = Invented.gpu("ptx:1:0", 9 * GIB);
        Device other = new Device("ptx:1:1", DeviceKind.GPU, "nobody", "another toy", 9 * GIB, DeviceFacts.NONE, "");
        Machine machine = Machine.of(List.of(opencl, ptx, other));
        assertEquals(List.of("opencl:0:0", "opencl:0:0", "ptx:1:1"), machine.devices().stream().map(machine::pool).toList());
    }
}
