package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.Golden;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.stage.Backend;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.HiddenStates;
import dev.qyclone.engine.stage.OutputStage;
import dev.qyclone.engine.stage.StageOptions;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The choice of the likeliest id on a device. */
@Tag("device")
class DeviceOutputTest {
    @Test
    void theLargestLogitIsFoundOnTheDevice() {
        try (Model model = ModelLoader.load(Golden.folder("qwen2-gqa")); OutputStage output = open(model)) {
            HiddenStates x = new HiddenStates(1, model.config().dim()).resize(1);
            float[] logits = new float[model.config().vocab()];
            Random random = new Random(5);
            for (int i = 0; i < 20; i++) {
                fill(x, random);
                output.logits(x, 0, logits);
                assertEquals(Golden.argMax(logits), output.argmax(x, 0));
            }
        }
    }

    @Test
    void equalLogitsGiveTheLowestId() {
        try (Model model = ModelLoader.load(Golden.folder("qwen2-gqa")); OutputStage output = open(model)) {
            assertEquals(0, output.argmax(new HiddenStates(1, model.config().dim()).resize(1), 0));
        }
    }

    @Test
    void aLogitThatIsNoNumberIsNoticed() {
        try (Model model = ModelLoader.load(Golden.folder("qwen2-gqa")); OutputStage output = open(model)) {
            HiddenStates x = new HiddenStates(1, model.config().dim()).resize(1);
            x.data()[3] = Float.NaN;
            EngineException e = assertThrows(EngineException.class, () -> output.argmax(x, 0));
            assertEquals(ErrorCode.NON_FINITE, e.code());
            assertTrue(e.getMessage().contains("id 0"), e.getMessage());
        }
    }

    private static void fill(HiddenStates x, Random random) {
        for (int i = 0; i < x.dim(); i++) {
            x.data()[i] = (float) random.nextGaussian();
        }
    }

    private static OutputStage open(Model model) {
        Device device = DeviceUnderTest.require();
        Backend backend = new TornadoProvider().create(BackendOptions.defaults());
        return backend.openOutput(model, backend.devices().stream().filter(one -> one.id().equals(device.id())).findFirst().orElseThrow(),
                StageOptions.DEFAULT);
    }
}
