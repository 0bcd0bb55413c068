package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.Golden;
import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.generation.Session;
import dev.qyclone.engine.generation.SessionOptions;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.model.PublishedShape;
import dev.qyclone.engine.model.SyntheticModel;
import dev.qyclone.engine.stage.Backend;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.engine.tensor.TensorType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A whole model of each type of weight on a device, in each family of kernels, against the reference ops on the same file. */
@Tag("device")
class DeviceTypesTest {
    private static final double TOLERANCE = 1e-4;
    private static final int CONTEXT = 32;
    private static final int[] TEXT = IntStream.range(0, CONTEXT).map(i -> (i * 31 + i / 7) % 256).toArray();

    /** One of each kernel for experts. */
    private static final Set<TensorType> MIXTURE_TYPES = EnumSet.of(TensorType.F16, TensorType.Q8_0, TensorType.Q4_K, TensorType.Q6_K);

    @TempDir
    Path folder;

    static Stream<Arguments> typesAndFamilies() {
        return Stream.of(TensorType.values()).flatMap(type -> Stream.of(
                Arguments.of(type, KernelFamily.PARALLEL), Arguments.of(type, KernelFamily.CONTEXT)));
    }

    @ParameterizedTest
    @MethodSource("typesAndFamilies")
    void asTheReference(TensorType type, KernelFamily family) {
        hold(PublishedShape.TINY, type, family);
    }

    /** A prompt goes through the experts in batches of tokens, here of 16 and 5, and the token after it alone. */
    @ParameterizedTest
    @MethodSource("mixtureTypes")
    void aMixtureAsTheReference(TensorType type, KernelFamily family) {
        hold(PublishedShape.TINY_MOE, type, family);
    }

    static Stream<Arguments> mixtureTypes() {
        return typesAndFamilies().filter(a -> MIXTURE_TYPES.contains((TensorType) a.get()[0]));
    }

    private void hold(PublishedShape shape, TensorType type, KernelFamily family) {
        Path file = folder.resolve("model.gguf");
        SyntheticModel.write(shape, type, 3, file, (written, total) -> { });
        try (Engine reference = open(file, "cpu:scalar", KernelFamily.AUTO);
                Engine device = open(file, DeviceUnderTest.require().id(), family);
                Session wanted = reference.newSession(new SessionOptions(CONTEXT, 16));
                Session got = device.newSession(new SessionOptions(CONTEXT, 16))) {
            requireSame(wanted, got, Arrays.copyOf(TEXT, 21));
            requireSame(wanted, got, new int[] {TEXT[21]});
        }
    }

    @Test
    void theKernelsThatRunAreNamed() {
        Device device = DeviceUnderTest.require();
        try (Backend backend = new TornadoProvider().create(BackendOptions.defaults())) {
            assertEquals(device.note(), backend.note(device, KernelChoice.AUTO));
            String fpga = backend.note(device, new KernelChoice(KernelFamily.FPGA, 0));
            assertTrue(fpga.contains("; kernels fpga (") && fpga.endsWith("): asked for"), fpga);
        }
    }

    /** The kernels for FPGAs take rows one by one. */
    @ParameterizedTest
    @EnumSource(TensorType.class)
    void theFamilyForFpgas(TensorType type) {
        asTheReference(type, KernelFamily.FPGA);
    }

    private static void requireSame(Session wanted, Session got, int[] ids) {
        double error = Golden.relativeL2(got.append(ids, Session.Progress.NONE), wanted.append(ids, Session.Progress.NONE));
        assertTrue(error <= TOLERANCE, "relative L2 " + error + " at " + got.length());
    }

    private static Engine open(Path file, String id, KernelFamily family) {
        Backends backends = Backends.discover(new BackendOptions(1));
        Model model = ModelLoader.load(file);
        StageOptions options = StageOptions.DEFAULT.withContext(CONTEXT).withBatch(16).withKernels(new KernelChoice(family, 0));
        return Engine.open(model, backends, Placement.allOn(backends.device(id), model.config().layers(), options, "a test"));
    }
}
