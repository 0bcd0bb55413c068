package dev.qyclone.engine.faulty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.TinyModel;
import dev.qyclone.engine.cpu.CpuParts;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.ops.ScalarOps;
import dev.qyclone.engine.ops.WorkerPool;
import dev.qyclone.engine.stage.AttentionPolicies;
import dev.qyclone.engine.stage.CacheSpec;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.DeviceFacts;
import dev.qyclone.engine.stage.DeviceKind;
import dev.qyclone.engine.stage.HiddenStates;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.LayerStage;
import dev.qyclone.engine.stage.StageCache;
import dev.qyclone.engine.tensor.TensorType;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The host's own stage of several layers, over ops that break in one of them. */
class HostLayerFailureTest {
    private static final Device DEVICE = new Device("cpu", DeviceKind.CPU, "nobody", "toy", 0, DeviceFacts.NONE, "");

    @TempDir
    private Path folder;

    private static void forward(Model model, int layers, Supplier<Fault> fault) {
        try (WorkerPool pool = new WorkerPool(1);
                LayerStage stage = CpuParts.layers(DEVICE, model, new FaultyOps(new ScalarOps(pool), fault), 0, layers, KvType.F32);
                StageCache cache = stage.openCache(new CacheSpec(8, new AttentionPolicies(model.config()).forPrompt(1)))) {
            stage.forward(cache, new HiddenStates(1, model.config().dim()).resize(1), 0);
        }
    }

    @Test
    void whateverBreaksNamesTheLayerAndNotTheStage() {
        try (Model model = ModelLoader.load(TinyModel.write(folder, TensorType.F32))) {
            AtomicInteger kernels = new AtomicInteger();
            forward(model, 1, () -> {
                kernels.incrementAndGet();
                return null;
            });
            AtomicInteger left = new AtomicInteger(kernels.get());
            EngineException e = assertThrows(EngineException.class, () -> forward(model, TinyModel.LAYERS,
                    () -> left.decrementAndGet() < 0 ? new Fault.BrokenKernel(Fault.Kernel.ATTENTION) : null));
            assertEquals(ErrorCode.DEVICE_FAILED, e.code());
            assertTrue(e.getMessage().startsWith("layer 1 on cpu failed") && e.getMessage().contains("attention does not compile"),
                    e.getMessage());
        }
    }
}
