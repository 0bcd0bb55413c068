package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.Golden;
import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.generation.Session;
import dev.qyclone.engine.generation.SessionOptions;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageOptions;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The golden models of Hugging Face on a device. */
@Tag("device")
class GoldenDeviceTest {
    private static final double DEVICE_TOLERANCE = 2e-5;

    @ParameterizedTest
    @ValueSource(strings = {
            "qwen2-gqa", "qwen2-tied", "qwen1.5-mha", "qwen2-yarn", "qwen2-swa-all", "qwen2-swa-mixed", "qwen1-plain", "qwen1-ntk",
            "qwen1-ntk-logn", "qwen2-moe"})
    void sameLogitsAndGreedyIds(String name) throws IOException {
        hold(name, KernelFamily.AUTO);
    }

    @ParameterizedTest
    @ValueSource(strings = {"qwen2-gqa", "qwen2-swa-mixed", "qwen2-moe"})
    void sameWithWorkGroups(String name) throws IOException {
        hold(name, KernelFamily.CONTEXT);
    }

    private static void hold(String name, KernelFamily family) throws IOException {
        Path folder = Golden.folder(name);
        Device device = DeviceUnderTest.require();
        Model model = ModelLoader.load(folder).withContext(256);
        StageOptions options = StageOptions.DEFAULT.withContext(256).withKernels(new KernelChoice(family, 0));
        Placement placement = Placement.allOn(device, model.config().layers(), options, "under test");
        try (Engine engine = Engine.open(model, Backends.discover(BackendOptions.defaults()), placement)) {
            for (Golden.Prompt prompt : Golden.prompts(folder.resolve("golden.json"))) {
                try (Session session = engine.newSession(new SessionOptions(256, 512))) {
                    float[] logits = session.append(prompt.ids(), Session.Progress.NONE);
                    double distance = Golden.relativeL2(logits, prompt.lastLogits());
                    assertTrue(distance <= DEVICE_TOLERANCE, name + ": " + distance);
                    for (int i = 0; i < prompt.greedy().length; i++) {
                        int id = Golden.argMax(logits);
                        assertEquals(prompt.greedy()[i], id, "id " + i);
                        logits = session.append(new int[] {id}, Session.Progress.NONE);
                    }
                }
            }
        }
    }
}
