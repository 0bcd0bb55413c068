package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.Golden;
import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.generation.Session;
import dev.qyclone.engine.generation.SessionOptions;
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
        Path folder = Golden.folder(name);
        try (Engine engine = Engine.open(folder, DeviceUnderTest.require().id())) {
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
