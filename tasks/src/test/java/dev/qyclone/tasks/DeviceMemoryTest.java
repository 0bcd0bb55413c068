package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.Golden;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.DeviceFacts;
import dev.qyclone.engine.stage.DeviceKind;
import dev.qyclone.engine.stage.HalfFloats;
import dev.qyclone.engine.stage.StageOptions;
import java.io.IOException;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stage asks for memory before it takes any, and gives it back. */
class DeviceMemoryTest {
    private static final long MIB = 1 << 20;
    private static final int POSITIONS = 65_536;

    @Test
    void aStageThatDoesNotFitIsRefusedWithAllItsParts() {
        DeviceMemory memory = new DeviceMemory(invented(100 * MIB, 0));
        memory.take("layers 0-3", Map.of("weights", 60 * MIB), 0);
        EngineException refused = assertThrows(EngineException.class,
                () -> memory.take("layers 4-7", new TreeMap<>(Map.of("weights", 30 * MIB, "keys and values", 11 * MIB)), 0));
        assertEquals(ErrorCode.OUT_OF_MEMORY, refused.code());
        assertTrue(refused.getMessage().contains("gpu:0:0 has too little memory for layers 4-7"), refused.getMessage());
        assertTrue(refused.getMessage().contains("keys and values 11.0 MiB + weights 30.0 MiB = 41.0 MiB"), refused.getMessage());
        assertTrue(refused.getMessage().contains("other stages have 60.0 MiB of 100.0 MiB"), refused.getMessage());
        assertDoesNotThrow(() -> memory.take("layers 4-7", Map.of("weights", 40 * MIB), 0));
    }

    @Test
    void whatIsGivenBackTwiceIsFreeOnce() {
        DeviceMemory memory = new DeviceMemory(invented(100 * MIB, 0));
        DeviceMemory.Share first = memory.take("layers 0-3", Map.of("weights", 60 * MIB), 0);
        memory.take("the output", Map.of("weights", 40 * MIB), 0);
        first.giveBack();
        first.giveBack();
        memory.take("layers 0-3", Map.of("weights", 60 * MIB), 0);
        assertThrows(EngineException.class, () -> memory.take("layers 0-3", Map.of("weights", 1L), 0));
    }

    @Test
    void anArrayBeyondTheDriversLimitIsRefused() {
        DeviceMemory memory = new DeviceMemory(invented(100 * MIB, 25 * MIB));
        EngineException refused = assertThrows(EngineException.class,
                () -> memory.take("layers 0-3", Map.of("weights", 60 * MIB), 26 * MIB));
        assertTrue(refused.getMessage().contains("no array as large as layers 0-3 need"), refused.getMessage());
    }

    /** On a device with room for one stage the second is refused, nothing is left behind, and there is room when the first has gone. */
    @Test
    @Tag("device")
    void stagesShareADevicesMemory() throws IOException {
        Device real = DeviceUnderTest.require();
        StageOptions options = StageOptions.DEFAULT.withBatch(1);
        try (Model model = ModelLoader.load(Golden.folder("qwen2-gqa")).withContext(POSITIONS)) {
            long each = 2L * POSITIONS * model.config().kvDim() * Float.BYTES; // nearly all of a stage of one layer
            DeviceMemory memory = new DeviceMemory(new Device(real.id(), real.kind(), real.vendor(), real.name(), 3 * each / 2,
                    real.facts(), real.note()));
            try (TornadoLayerStage first = open(memory, real, model, options)) {
                assertEquals(1, first.layerCount());
                EngineException refused = assertThrows(EngineException.class, () -> open(memory, real, model, options));
                assertTrue(refused.getMessage().matches(".*weights .* keys and values .* working arrays .*"), refused.getMessage());
            }
            assertDoesNotThrow(() -> open(memory, real, model, options).close());
        }
    }

    /** Where a check throws, here as it looks for those that passed before, the stage it was for is closed. */
    @Test
    @Tag("device")
    void aStageWhoseCheckThrowsGivesItsMemoryBack(@TempDir Path folder) throws IOException {
        Device real = DeviceUnderTest.require();
        FileSystem closed = FileSystems.newFileSystem(folder.resolve("closed.zip"), Map.of("create", "true"));
        closed.close();
        PassedChecks passed = new PassedChecks(closed.getPath("/"), false);
        StageOptions options = StageOptions.DEFAULT.withBatch(1);
        try (Model model = ModelLoader.load(Golden.folder("qwen2-gqa")).withContext(POSITIONS)) {
            long each = 2L * POSITIONS * model.config().kvDim() * Float.BYTES;
            DeviceMemory memory = new DeviceMemory(new Device(real.id(), real.kind(), real.vendor(), real.name(), 3 * each / 2,
                    real.facts(), real.note()));
            assertThrows(ClosedFileSystemException.class, () -> TornadoLayerStage.open(real, DeviceUnderTest.tornado(), memory, model, 0, 1,
                    options, passed, GraphTools.plain()));
            assertThrows(ClosedFileSystemException.class, () -> TornadoOutputStage.open(real, DeviceUnderTest.tornado(), memory, model,
                    options, passed, GraphTools.plain()));
            assertDoesNotThrow(() -> memory.take("all there is", Map.of("anything", 3 * each / 2), 0));
        }
    }

    private static TornadoLayerStage open(DeviceMemory memory, Device device, Model model, StageOptions options) {
        return TornadoLayerStage.unchecked(device, DeviceUnderTest.tornado(), memory, model, 0, 1, options);
    }

    private static Device invented(long bytes, long largest) {
        return new Device("gpu:0:0", DeviceKind.GPU, "A vendor", "A device", bytes,
                new DeviceFacts(64, 1 << 15, largest, 1, HalfFloats.UNKNOWN, "a driver"), "");
    }
}
