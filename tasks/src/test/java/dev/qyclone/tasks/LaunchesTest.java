package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.Golden;
import dev.qyclone.engine.TinyModel;
import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.generation.Session;
import dev.qyclone.engine.generation.SessionOptions;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.DeviceKind;
import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.Launches;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageOptions;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How many kernels a decoded token launches, and that this is counted. How long anything takes is asserted nowhere. */
@Tag("device")
class LaunchesTest {
    private static final int MOST_OF_A_LAYER = 6;
    /** One that takes a call's rows apart, one for the logits. */
    private static final int BESIDE_LAYERS = 2;

    private final WatchedBackend backend = new WatchedBackend();

    @ParameterizedTest
    @EnumSource(KernelFamily.class)
    void aDecodedTokenTakesAtMostSixALayer(KernelFamily family) {
        try (Engine engine = open(family); Session session = engine.newSession(new SessionOptions(32, 8))) {
            session.append(new int[] {1, 2}, Session.Progress.NONE);
            Launches before = backend.launches().orElseThrow();
            session.append(new int[] {3}, Session.Progress.NONE);
            Launches token = backend.launches().orElseThrow().since(before);
            List<Integer> layers = backend.stages().getFirst().launchesOfLayers();
            assertEquals(engine.config().layers(), layers.size());
            layers.forEach(launches -> assertTrue(launches <= MOST_OF_A_LAYER, layers.toString()));
            assertEquals(new Launches(BESIDE_LAYERS + layers.stream().mapToInt(Integer::intValue).sum(), 0), token);
        }
    }

    /**
     * Values that differ in type from queries and keys, and ups from gates: by work-groups each of these steps takes one launch; in vectors
     * values do, as published files have them, and ups one more; for FPGAs both one more.
     */
    @ParameterizedTest
    @EnumSource(KernelFamily.class)
    void valuesOfAnotherTypeTakeNoLaunch(KernelFamily family, @TempDir Path folder) {
        try (Engine engine = open(ModelLoader.load(TinyModel.writeMixed(folder, 3)), family)) {
            Assumptions.assumeTrue(family != KernelFamily.AUTO || DeviceUnderTest.require().kind() == DeviceKind.CPU,
                    "what AUTO means depends on the device");
            int more = switch (family) {
                case CONTEXT -> 0;
                case AUTO, PARALLEL -> 1;
                case FPGA -> 2;
            };
            assertEquals(List.of(MOST_OF_A_LAYER, MOST_OF_A_LAYER + more, MOST_OF_A_LAYER),
                    backend.stages().getFirst().launchesOfLayers());
        }
    }

    /**
     * Three types beside each other, not all in blocks, and ups in another type than gates: one launch each by work-groups; in vectors one
     * more for what is not in blocks and one for ups; for FPGAs one for each type.
     */
    @ParameterizedTest
    @EnumSource(value = KernelFamily.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
    void byWorkGroupsNoTypesTakeALaunch(KernelFamily family, @TempDir Path folder) {
        try (Engine engine = open(ModelLoader.load(TinyModel.writeMotley(folder, 1)), family)) {
            int more = switch (family) {
                case CONTEXT -> 0;
                case PARALLEL -> 2;
                case FPGA -> 3;
                case AUTO -> throw new IllegalArgumentException(family.name());
            };
            assertEquals(List.of(MOST_OF_A_LAYER + more), backend.stages().getFirst().launchesOfLayers());
        }
    }

    /** Norm, QKV, rotary embedding, attention, its output, norm, gates and ups, down: products take one launch where they run in tiles. */
    @Test
    void aPromptInTilesTakesEightALayer() {
        try (Engine engine = open(KernelFamily.CONTEXT); Session session = engine.newSession(new SessionOptions(32, 16))) {
            session.append(new int[] {1, 2, 3, 4, 5, 6, 7}, Session.Progress.NONE); // compiles
            Launches before = backend.launches().orElseThrow();
            session.append(new int[] {8, 9, 10, 11, 12}, Session.Progress.NONE);
            assertEquals(new Launches(BESIDE_LAYERS + 8L * engine.config().layers(), 0), backend.launches().orElseThrow().since(before));
        }
    }

    @Test
    void kernelsAreTimedWhileThatIsAskedFor() {
        try (Engine engine = open(KernelFamily.AUTO); Session session = engine.newSession(new SessionOptions(32, 8))) {
            float[] plain = session.append(new int[] {1, 2}, Session.Progress.NONE).clone();
            Launches before = backend.launches().orElseThrow();
            session.truncate(0);
            backend.timeKernels(true);
            float[] timed = session.append(new int[] {1, 2}, Session.Progress.NONE).clone();
            backend.timeKernels(false);
            Launches once = backend.launches().orElseThrow().since(before);
            assertTrue(once.kernelNanos() > 0, once.toString());
            assertArrayEquals(plain, timed);
            session.truncate(0);
            session.append(new int[] {1, 2}, Session.Progress.NONE);
            assertEquals(new Launches(2 * once.kernels(), once.kernelNanos()), backend.launches().orElseThrow().since(before));
        }
    }

    private Engine open(KernelFamily family) {
        return open(ModelLoader.load(Golden.folder("qwen2-gqa")), family);
    }

    private Engine open(Model model, KernelFamily family) {
        var device = DeviceUnderTest.require();
        StageOptions options = StageOptions.DEFAULT.withContext(32).withKernels(new KernelChoice(family, 0));
        return Engine.open(model, new Backends(List.of(backend)), Placement.allOn(device, model.config().layers(), options, "test"));
    }
}
