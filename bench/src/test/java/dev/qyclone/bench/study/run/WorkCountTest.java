package dev.qyclone.bench.study.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.qyclone.bench.study.StudySettings;
import dev.qyclone.bench.study.run.CellWorker.Share;
import dev.qyclone.bench.tokens.BytesPerToken;
import dev.qyclone.bench.tokens.FlopsPerPrompt;
import dev.qyclone.bench.tokens.TokenTest;
import dev.qyclone.engine.TinyModel;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.DeviceFacts;
import dev.qyclone.engine.stage.DeviceKind;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.tensor.TensorType;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A study counts work as the command bench does: percentages of one model are the same in both. */
class WorkCountTest {
    private static final StudySettings SETTINGS = new StudySettings(40, 30, 1, 0, 100, 0, List.of(1), 1, 1);

    @TempDir
    private Path folder;

    @Test
    void theSharesOfAllDevicesAreWhatBenchCountsForTheModel() {
        try (Model model = ModelLoader.load(TinyModel.write(folder, TensorType.Q8_0))) {
            Device device = new Device("gpu:0", DeviceKind.GPU, "", "", 1L << 30, DeviceFacts.NONE, "");
            List<Share> shares = new WorkCount(model, SETTINGS).shares(Placement.allOn(device, model.config().layers(), "a test"));
            assertEquals(1, shares.size());
            Share all = shares.getFirst();
            assertEquals(Math.round(FlopsPerPrompt.of(model, 0, 40)), all.prefillFlops());
            assertEquals(Math.round(FlopsPerPrompt.of(model, 15, 1)), all.decodeFlops());
            assertEquals(BytesPerToken.of(model, KvType.F32, new TokenTest(0, 30, 0)), all.decodeBytes());
        }
    }
}
