package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.Golden;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.LayerWeights;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.stage.AttentionPolicies;
import dev.qyclone.engine.stage.CacheSpec;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.HiddenStates;
import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.StageCache;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What becomes no number on a device stops the run and names the layer, for which the call runs again layer by layer: in a call of many
 * rows and in one of a single row, with the kernels of each family.
 */
@Tag("device")
class NonFiniteLayerTest {
    /** Neither the first of the stage nor the last. */
    private static final int BROKEN = 1;
    private static final int CONTEXT = 64;
    private static final int BATCH = 8;
    /** Rows that are computed before. */
    private static final int BEFORE = 6;

    /** A key that overflowed: in scores it is one column of many. */
    @ParameterizedTest
    @EnumSource(KernelFamily.class)
    void aKey(KernelFamily family) {
        try (Model model = ModelLoader.load(Golden.folder("qwen2-gqa")); TornadoLayerStage stage = open(model, family);
                StageCache cache = cache(stage, model)) {
            stage.forward(cache, rows(model, BEFORE), 0);
            DeviceRows.breakKey(stage, 0, BROKEN, 2, model.config());
            requireNamed(stage, cache, model, 1);
            requireNamed(stage, cache, model, BATCH);
        }
    }

    @ParameterizedTest
    @EnumSource(KernelFamily.class)
    void aWeight(KernelFamily family) {
        try (Model right = ModelLoader.load(Golden.folder("qwen2-gqa"))) {
            Model model = withBrokenKeys(right);
            try (TornadoLayerStage stage = open(model, family); StageCache cache = cache(stage, model)) {
                requireNamed(stage, cache, model, 1);
                requireNamed(stage, cache, model, BATCH);
            }
        }
    }

    private static void requireNamed(TornadoLayerStage stage, StageCache cache, Model model, int count) {
        int length = cache.length();
        EngineException e = assertThrows(EngineException.class, () -> stage.forward(cache, rows(model, count), length));
        assertEquals(ErrorCode.NON_FINITE, e.code());
        assertTrue(e.getMessage().contains("layer " + BROKEN + " on " + stage.device().id()), count + " rows: " + e.getMessage());
        assertEquals(length, cache.length(), "positions");
    }

    private static HiddenStates rows(Model model, int count) {
        HiddenStates x = new HiddenStates(count, model.config().dim()).resize(count);
        Random random = new Random(count);
        for (int i = 0; i < x.data().length; i++) {
            x.data()[i] = (float) random.nextGaussian();
        }
        return x;
    }

    /** The same with a weight of its keys that is NaN; both share the file. */
    private static Model withBrokenKeys(Model right) {
        LayerWeights w = right.layers().get(BROKEN);
        MemorySegment data = MemorySegment.ofArray(w.k().data().toArray(ValueLayout.JAVA_BYTE));
        data.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 0, Float.NaN);
        Tensor k = new Tensor(w.k().name(), w.k().type(), new long[] {w.k().rows(), w.k().cols()}, data);
        List<LayerWeights> layers = new ArrayList<>(right.layers());
        layers.set(BROKEN, new LayerWeights(w.attnNorm(), w.q(), w.qBias(), k, w.kBias(), w.v(), w.vBias(), w.attnOut(), w.ffnNorm(),
                w.ffn()));
        return new Model(right.source(), right.config(), right.tokenEmbedding(), layers, right.outputNorm(), right.output());
    }

    /** Without the check, which would find that neither the device nor the reference computes a number. */
    private static TornadoLayerStage open(Model model, KernelFamily family) {
        Device device = DeviceUnderTest.require();
        StageOptions options = StageOptions.DEFAULT.withContext(CONTEXT).withBatch(BATCH).withKernels(new KernelChoice(family, 0));
        return TornadoLayerStage.unchecked(device, DeviceUnderTest.tornado(), new DeviceMemory(device), model, 0, model.config().layers(),
                options);
    }

    private static StageCache cache(TornadoLayerStage stage, Model model) {
        return stage.openCache(new CacheSpec(CONTEXT, new AttentionPolicies(model.config()).forPrompt(1)));
    }
}
