package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.Golden;
import dev.qyclone.engine.TinyModel;
import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.generation.Session;
import dev.qyclone.engine.generation.SessionOptions;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageOptions;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Published models of 4 bits have matrices of several types in a layer and layers of several kinds: each kind has a graph, and a step whose
 * matrices differ has a kernel for both types, or one for each. Against the reference ops on the same file, in each family of kernels.
 */
@Tag("device")
class MixedTypesTest {
    private static final double TOLERANCE = 1e-4;
    private static final int LAYERS = 4;
    private static final int CONTEXT = 32;
    private static final int BATCH = 24;
    private static final int[] TEXT = IntStream.range(0, CONTEXT).map(i -> (i * 31 + i / 7) % 256).toArray();
    /** In one call, in pieces that are large enough for the graph of many rows, and token by token. */
    private static final List<List<Integer>> PROMPTS = List.of(List.of(21), List.of(5, 7, 9), List.of(1, 1, 1, 1, 1));

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(value = KernelFamily.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
    void asTheReference(KernelFamily family) {
        asTheReference(TinyModel.writeMixed(folder, LAYERS), List.of(0, 1, 0, 1), family);
    }

    @ParameterizedTest
    @EnumSource(value = KernelFamily.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
    void threeTypesInAStep(KernelFamily family) {
        asTheReference(TinyModel.writeMotley(folder, LAYERS), List.of(0, 0, 0, 0), family);
    }

    private static void asTheReference(Path file, List<Integer> kinds, KernelFamily family) {
        assertEquals(kinds, kindsOf(file));
        try (Engine reference = open(file, "cpu:scalar", KernelFamily.AUTO);
                Engine device = open(file, DeviceUnderTest.require().id(), family)) {
            for (List<Integer> calls : PROMPTS) {
                hold(reference, device, calls);
            }
        }
    }

    private static List<Integer> kindsOf(Path file) {
        try (Model model = ModelLoader.load(file)) {
            return LayerKinds.of(model.layers()).kindOf();
        }
    }

    private static void hold(Engine reference, Engine device, List<Integer> calls) {
        try (Session wanted = session(reference); Session got = session(device)) {
            int from = 0;
            for (int count : calls) {
                requireSame(wanted, got, Arrays.copyOfRange(TEXT, from, from + count), calls);
                from += count;
            }
            requireSame(wanted, got, new int[] {TEXT[from]}, calls);
        }
    }

    private static void requireSame(Session wanted, Session got, int[] ids, List<Integer> calls) {
        double error = Golden.relativeL2(got.append(ids, Session.Progress.NONE), wanted.append(ids, Session.Progress.NONE));
        assertTrue(error <= TOLERANCE, "relative L2 " + error + " at " + got.length() + " of calls " + calls);
    }

    private static Session session(Engine engine) {
        return engine.newSession(new SessionOptions(CONTEXT, BATCH));
    }

    private static Engine open(Path file, String id, KernelFamily family) {
        Backends backends = Backends.discover(new BackendOptions(1));
        Model model = ModelLoader.load(file);
        StageOptions options = StageOptions.DEFAULT.withContext(CONTEXT).withBatch(BATCH).withKernels(new KernelChoice(family, 0));
        return Engine.open(model, backends, Placement.allOn(backends.device(id), LAYERS, options, "a test"));
    }
}
