package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.Golden;
import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.generation.Session;
import dev.qyclone.engine.generation.SessionOptions;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The golden models of Hugging Face on a device. */
@Tag("device")
class GoldenDeviceTest {
    private static final double DEVICE_TOLERANCE = 2e-5;
    private static final int CONTEXT = 256;
    private static final int WHOLE = 512;
    /** Rows that a device takes at once but with the kernels for FPGAs, and from how many on it does. */
    private static final int DEVICE_BATCH = 128;
    private static final int FEW = 4;

    private final WatchedBackend backend = new WatchedBackend();

    @ParameterizedTest
    @ValueSource(strings = {
            "qwen2-gqa", "qwen2-tied", "qwen1.5-mha", "qwen2-yarn", "qwen2-swa-all", "qwen2-swa-mixed", "qwen1-plain", "qwen1-ntk",
            "qwen1-ntk-logn", "qwen2-moe"})
    void sameLogitsAndGreedyIds(String name) throws IOException {
        hold(name, "", KernelFamily.AUTO, WHOLE, 5, 1);
    }

    /** From GGUF, as the test below: that both files hold the same weights is the engine's to test. */
    @ParameterizedTest
    @ValueSource(strings = {"qwen2-gqa", "qwen2-tied", "qwen1.5-mha", "qwen2-swa-mixed", "qwen2-moe"})
    void sameWithWorkGroups(String name) throws IOException {
        hold(name, "model.gguf", KernelFamily.CONTEXT, WHOLE, 5, 1);
    }

    /** They take every row by itself, whatever the calls. */
    @ParameterizedTest
    @ValueSource(strings = {"qwen2-gqa", "qwen2-tied", "qwen1.5-mha", "qwen2-moe"})
    void sameWithKernelsForFpgas(String name) throws IOException {
        hold(name, "model.gguf", KernelFamily.FPGA, WHOLE);
    }

    /** A prompt below S fixes dynamic NTK's alpha, and what follows beyond S keeps it, as on the host. */
    @Test
    void generationThatCrossesTheTrainedLengthKeepsItsAlpha() throws IOException {
        Path folder = Golden.folder("qwen1-ntk-logn");
        int[] ids = Arrays.copyOf(Golden.prompts(folder.resolve("golden.json")).getLast().ids(), 70);
        try (Engine device = open(folder, "", KernelFamily.AUTO); Engine reference = Engine.open(folder, "cpu:scalar");
                Session got = device.newSession(new SessionOptions(CONTEXT, WHOLE));
                Session wanted = reference.newSession(SessionOptions.defaults(reference.config()))) {
            got.append(Arrays.copyOf(ids, 30), Session.Progress.NONE);
            wanted.append(Arrays.copyOf(ids, 30), Session.Progress.NONE);
            for (int i = 30; i < ids.length; i++) {
                float[] logits = got.append(new int[] {ids[i]}, Session.Progress.NONE);
                double distance = Golden.relativeL2(logits, wanted.append(new int[] {ids[i]}, Session.Progress.NONE));
                assertTrue(distance <= DEVICE_TOLERANCE, "position " + i + ": " + distance);
            }
        }
    }

    /** @param batches 1 for token by token */
    private void hold(String name, String file, KernelFamily family, int... batches) throws IOException {
        Path folder = Golden.folder(name);
        int deviceBatch = family == KernelFamily.FPGA ? 1 : DEVICE_BATCH;
        try (Engine engine = open(folder, file, family)) {
            for (int batch : batches) {
                for (Golden.Prompt prompt : Golden.prompts(folder.resolve("golden.json"))) {
                    hold(engine, batch, prompt, name + "/" + file + " in calls of " + batch, Math.min(batch, deviceBatch));
                }
            }
        }
    }

    /** GGUF has no keys for windows, dynamic NTK and LogN: there they are what the folder's config.json says. */
    private Engine open(Path folder, String file, KernelFamily family) {
        Device device = DeviceUnderTest.require();
        Model model = ModelLoader.load(folder.resolve(file));
        try (Model whole = ModelLoader.load(folder)) {
            model = model.withAttention(whole.config().attention()).withContext(CONTEXT);
        }
        StageOptions options = StageOptions.DEFAULT.withContext(CONTEXT).withKernels(new KernelChoice(family, 0));
        Placement placement = Placement.allOn(device, model.config().layers(), options, "under test");
        return Engine.open(model, new Backends(List.of(backend)), placement);
    }

    private void hold(Engine engine, int batch, Golden.Prompt prompt, String words, int deviceBatch) {
        try (Session session = engine.newSession(new SessionOptions(CONTEXT, batch))) {
            long before = backend.graphs();
            float[] logits = session.append(prompt.ids(), Session.Progress.NONE);
            assertEquals(graphs(prompt.ids().length, deviceBatch, engine.config().layers()), backend.graphs() - before, words);
            double distance = Golden.relativeL2(logits, prompt.lastLogits());
            assertTrue(distance <= DEVICE_TOLERANCE, words + ": " + distance);
            int id = Golden.argMax(logits);
            for (int i = 0; i < prompt.greedy().length; i++) {
                assertEquals(prompt.greedy()[i], id, words + ", id " + i);
                id = session.appendForLargest(id);
            }
        }
    }

    /** Graphs that a prompt takes: one to enter and one a layer, for each batch and not for each token. */
    private static long graphs(int rows, int batch, int layers) {
        long batches = rows / batch;
        int rest = rows % batch;
        batches += rest < FEW ? rest : 1;
        return batches * (1 + layers);
    }
}
