package dev.qyclone.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.DeviceFacts;
import dev.qyclone.engine.stage.DeviceKind;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.engine.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of a model with 136 GiB of weights that nobody reads here. */
class MappedWeightsTest {
    private static final long GIB = 1L << 30;
    private static final Device HOST = new Device("cpu", DeviceKind.CPU, "nobody", "toy", 64 * GIB, DeviceFacts.NONE, "");
    private static final Device GPU = new Device("cuda:0:0", DeviceKind.GPU, "nobody", "toy", 999 * GIB, DeviceFacts.NONE, "");

    @TempDir
    private Path folder;
    private Model model;

    @BeforeEach
    void load() throws IOException {
        model = ModelLoader.load(HollowModel.write(folder));
    }

    @AfterEach
    void close() {
        model.close();
    }

    /** So many layers on a GPU and the others on the host. */
    private MappedWeights weights(int onGpu, Device embedding, Device output) {
        List<Placement.Run> runs = List.of(new Placement.Run(0, onGpu, GPU, StageOptions.DEFAULT, "a test"),
                new Placement.Run(onGpu, HollowModel.LAYERS - onGpu, HOST, StageOptions.DEFAULT, "a test"));
        return MappedWeights.of(model, new Placement(embedding, runs.stream().filter(run -> run.count() > 0).toList(), output,
                StageOptions.DEFAULT));
    }

    @Test
    void whatDevicesHaveCopiedIsNotReadAgain() {
        MappedWeights none = weights(HollowModel.LAYERS, HOST, GPU);
        assertEquals(List.of(), none.tensors());
        assertFalse(none.areWorthReading());
        MappedWeights some = weights(HollowModel.LAYERS - 2, HOST, GPU);
        assertEquals(model.layers().subList(78, 80).stream().mapToLong(layer -> layer.tensors().mapToLong(Tensor::bytes).sum()).sum(),
                some.bytes());
        assertTrue(some.areWorthReading());
        assertEquals(model.output().bytes(), weights(HollowModel.LAYERS, HOST, HOST).bytes());
    }

    @Test
    void theMemoryIsTheHostsWhereverTheEmbeddingIs() {
        MappedWeights all = weights(0, GPU, HOST);
        assertEquals(64 * GIB, all.memory());
        assertTrue(all.bytes() > 100 * GIB);
        assertFalse(all.areWorthReading());
    }
}
