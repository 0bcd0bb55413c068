package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.Golden;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.generation.Session;
import dev.qyclone.engine.generation.SessionOptions;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.DeviceFacts;
import dev.qyclone.engine.stage.DeviceKind;
import dev.qyclone.engine.stage.HalfFloats;
import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageOptions;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which kernels run where: by what a device is, as the user says, and within the limits of devices that nobody has. */
class KernelFormsTest {
    private static final double TOLERANCE = 2e-5;

    private static Device device(DeviceKind kind, int groupLimit, long localBytes) {
        return new Device("x:0:0", kind, "nobody", "toy", 1, new DeviceFacts(groupLimit, localBytes, 0, 1, HalfFloats.UNKNOWN, ""), "");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            AUTO     | CPU       | 4096 | 524288 | 64  | LANES  | LANES  | 64  | a CPU runs an item as one thread
            AUTO     | SIMULATOR | 1024 | 32768  | 64  | LANES  | LANES  | 64  | a CPU runs an item as one thread
            AUTO     | GPU       | 256  | 65536  | 128 | GROUPS | GROUPS | 64  | a GPU runs neighbouring items in step
            AUTO     | OTHER     | 0    | 0      | 64  | GROUPS | GROUPS | 64  | taken for a GPU
            AUTO     | FPGA      | 256  | 16384  | 64  | ROWS   | PLAIN  | 64  | what can be synthesized
            AUTO     | FPGA      | 32   | 16384  | 64  | LANES  | LANES  | 32  | needs work-groups of 64 and the device allows 32
            PARALLEL | GPU       | 256  | 65536  | 128 | LANES  | LANES  | 64  | asked for
            CONTEXT  | CPU       | 4096 | 524288 | 64  | GROUPS | GROUPS | 64  | asked for
            FPGA     | CPU       | 4096 | 524288 | 64  | ROWS   | PLAIN  | 64  | asked for
            CONTEXT  | GPU       | 32   | 65536  | 64  | GROUPS | GROUPS | 32  | asked for
            CONTEXT  | GPU       | 8    | 65536  | 64  | LANES  | LANES  | 8   | need at least 16 items
            CONTEXT  | GPU       | 256  | 16384  | 64  | GROUPS | PLAIN  | 64  | of which it needs 21600 bytes and there are 16384
            CONTEXT  | GPU       | 256  | 1024   | 64  | LANES  | LANES  | 64  | need 2048 bytes of local memory and there are 1024
            CONTEXT  | GPU       | 256  | 65536  | 256 | GROUPS | PLAIN  | 64  | heads of up to 128
            """)
    void formsByDeviceAndFamily(
            KernelFamily family, DeviceKind kind, int groupLimit, long local, int headDim, ProductSteps.Form products,
            AttentionSteps.Form attention, int group, String reason) {
        KernelForms forms = KernelForms.of(new KernelChoice(family, 0), device(kind, groupLimit, local), headDim);
        assertEquals(products, forms.products());
        assertEquals(attention, forms.attention());
        assertEquals(group, forms.groups().limit());
        assertTrue(forms.words().contains(reason), forms.words());
    }

    /** The tests' JVM has the launcher's flags; in one without them no kernel needs them, and `devices` says so. */
    @Test
    void typesShareALaunchWhereTheJvmsFlagsLetThem() {
        for (KernelFamily family : List.of(KernelFamily.PARALLEL, KernelFamily.CONTEXT)) {
            KernelForms forms = KernelForms.of(new KernelChoice(family, 0), device(DeviceKind.GPU, 256, 65536), 64);
            assertTrue(forms.mixed() && !forms.words().contains("a launch for each type"), forms.words());
            KernelForms without = forms.withMixed(false);
            assertTrue(!without.mixed() && without.words().contains("for want of -Djdk.graal.MaximumInliningSize=10000 -Djdk"),
                    without.words());
        }
        assertFalse(KernelForms.of(new KernelChoice(KernelFamily.FPGA, 0), device(DeviceKind.FPGA, 256, 65536), 64).mixed());
    }

    /** In tiles where work-groups and local memory are large enough, else by panels, with the reason; AUTO is what runs unasked. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            GPU  | 256  | 65536  | 0  | 64 | AUTO CONTEXT | of prompts a work-group for up to 64 rows and 32 tokens, attention
            GPU  | 256  | 12800  | 0  | 64 | AUTO CONTEXT | attention without local memory
            GPU  | 256  | 12799  | 0  | 0  |              | prompts by panels, since tiles need 12800 bytes of local memory
            GPU  | 256  | 12799  | 0  | 0  |              | of prompts an item for 16 rows and 8 tokens, attention
            GPU  | 48   | 0      | 0  | 32 | AUTO CONTEXT | of prompts a work-group for up to 64 rows and 16 tokens, attention
            GPU  | 8    | 65536  | 0  | 0  |              | need at least 16 items
            GPU  | 256  | 65536  | 8  | 0  | AUTO CONTEXT | need at least 16 items
            GPU  | 256  | 65536  | 128 | 64 | AUTO CONTEXT | asked for
            CPU  | 4096 | 524288 | 0  | 64 | CONTEXT      | asked for
            FPGA | 256  | 65536  | 0  | 64 | CONTEXT      | asked for
            """)
    void promptsRunInTilesWhereThereIsRoomForThem(
            DeviceKind kind, int groupLimit, long local, int workGroup, int items, String packed, String reason) {
        Device device = device(kind, groupLimit, local);
        KernelForms forms = KernelForms.of(new KernelChoice(KernelFamily.CONTEXT, workGroup), device, 64);
        assertEquals(items, forms.tiles() == null ? 0 : forms.tiles().items());
        assertTrue(forms.words().contains(reason), forms.words());
        assertEquals(packed == null ? "" : packed,
                KernelForms.packedPrompts(device).stream().map(KernelFamily::name).collect(Collectors.joining(" ")));
        assertNull(KernelForms.of(new KernelChoice(KernelFamily.PARALLEL, 0), device, 64).tiles());
    }

    @ParameterizedTest
    @CsvSource({"32,256,32,asked for", "128,256,128,asked for", "128,64,64,the most that the device allows",
            "1024,4096,256,the most that there are kernels for"})
    void workGroupsAreAsLargeAsWishedAndAllowed(int wished, int allowed, int expected, String reason) {
        KernelForms forms = KernelForms.of(new KernelChoice(KernelFamily.CONTEXT, wished), device(DeviceKind.GPU, allowed, 0), 64);
        assertEquals(expected, forms.groups().limit());
        assertTrue(forms.words().contains(reason), forms.words());
    }

    @Test
    void kernelsForFpgasAreRefusedWhereGroupsAreTooSmall() {
        EngineException e = assertThrows(EngineException.class,
                () -> KernelForms.of(new KernelChoice(KernelFamily.FPGA, 0), device(DeviceKind.GPU, 32, 0), 64));
        assertEquals(ErrorCode.UNSUPPORTED, e.code());
        assertTrue(e.getMessage().contains("work-groups of 64, got at most 32"), e.getMessage());
    }

    /** The step has 64 rows: each form starts other work for them. */
    @ParameterizedTest
    @CsvSource({"PARALLEL,0,4,1", "PARALLEL,2,4,2", "CONTEXT,0,256,64", "CONTEXT,32,128,32", "FPGA,0,64,64", "AUTO,0,4,1"})
    @Tag("device")
    void aFamilyThatIsAskedForIsWhatRuns(KernelFamily family, int workGroup, long items, long group) {
        StageOptions options = StageOptions.DEFAULT.withContext(32).withBatch(8).withKernels(new KernelChoice(family, workGroup));
        Device device = DeviceUnderTest.require();
        Assumptions.assumeTrue(device.kind() == DeviceKind.CPU, "what AUTO means depends on the device");
        try (Model model = ModelLoader.load(Golden.folder("qwen2-gqa"));
                TornadoLayerStage stage =
                        TornadoLayerStage.unchecked(device, DeviceUnderTest.tornado(), new DeviceMemory(device), model, 0, 1, options)) {
            assertEquals(64, model.config().dim());
            assertArrayEquals(new long[] {items, group}, stage.work("ffn_down"));
        }
    }

    /** Profiles give options to runs of layers: two families in one model, and both compute. */
    @Test
    @Tag("device")
    void everyRunOfLayersHasItsOwnFamily() {
        String id = DeviceUnderTest.require().id();
        int[] ids = {3, 1, 4, 1, 5};
        try (Engine engine = mixed(id, KernelFamily.FPGA, KernelFamily.CONTEXT); Engine reference = mixed("cpu:scalar", null, null);
                Session got = engine.newSession(SessionOptions.defaults(engine.config()));
                Session wanted = reference.newSession(SessionOptions.defaults(reference.config()))) {
            double error = Golden.relativeL2(got.append(ids, Session.Progress.NONE), wanted.append(ids, Session.Progress.NONE));
            assertTrue(error <= TOLERANCE, "relative L2 " + error);
        }
    }

    private static Engine mixed(String id, KernelFamily first, KernelFamily rest) {
        Backends backends = Backends.discover(new BackendOptions(1));
        Model model = ModelLoader.load(Golden.folder("qwen2-gqa")).withContext(64);
        Device device = backends.device(id);
        int layers = model.config().layers();
        Placement placement = new Placement(device, List.of(new Placement.Run(0, 1, device, options(first), "a test"),
                new Placement.Run(1, layers - 1, device, options(rest), "a test")), device, options(first));
        return Engine.open(model, backends, placement);
    }

    private static StageOptions options(KernelFamily family) {
        KernelChoice choice = family == null ? KernelChoice.AUTO : new KernelChoice(family, 0);
        return StageOptions.DEFAULT.withContext(64).withBatch(16).withKernels(choice);
    }

    /** A CPU runs a group on one thread: the 56 items of the 0.5B model's attention output are not one group. */
    @ParameterizedTest
    @CsvSource({"CPU,2,0,PARALLEL,56,7", "CPU,2,0,PARALLEL,4,1", "CPU,2,0,PARALLEL,4096,64", "CPU,16,0,PARALLEL,304,4",
            "CPU,0,0,PARALLEL,56,14", "SIMULATOR,2,0,AUTO,56,7", "CPU,64,8,PARALLEL,56,8", "CPU,2,0,CONTEXT,56,56",
            "GPU,2,0,PARALLEL,56,56"})
    void everyThreadOfACpuGetsGroups(DeviceKind kind, int units, int workGroup, KernelFamily family, int items, int group) {
        Device device = new Device("x:0:0", kind, "nobody", "toy", 1,
                new DeviceFacts(4096, 524288, 0, units, HalfFloats.UNKNOWN, ""), "");
        assertEquals(group, KernelForms.of(new KernelChoice(family, workGroup), device, 64).groups().size(items));
    }

    /** Of a single token's keys at most so many shares that each compute unit has two items. */
    @ParameterizedTest
    @CsvSource({"2,2,2", "2,4,1", "1,8,1", "12,8,3", "16,2,16", "64,2,64", "96,2,64"})
    void everyUnitOfACpuGetsSharesOfALongContext(int units, int kvHeads, int shares) {
        assertEquals(shares, AttentionSteps.shares(units, kvHeads));
        Device device = new Device("x:0:0", DeviceKind.CPU, "nobody", "toy", 1,
                new DeviceFacts(4096, 524288, 0, units, HalfFloats.UNKNOWN, ""), "");
        assertEquals(units, KernelForms.of(KernelChoice.AUTO, device, 64).units());
    }

    @Test
    void wholeGroupsAreRoundedUp() {
        assertEquals(128, WorkGroups.of(64).started(65));
        assertEquals(64, WorkGroups.of(64).size(65));
        assertEquals(65, WorkGroups.upTo(64).started(65));
        assertEquals(13, WorkGroups.upTo(64).size(65));
    }
}
