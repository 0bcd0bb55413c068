package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.model.PublishedShape;
import dev.qyclone.engine.stage.AttentionPolicies;
import dev.qyclone.engine.stage.CacheSpec;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.HiddenStates;
import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.StageCache;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.engine.tensor.TensorType;
import dev.qyclone.profiles.ModelNeeds;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What plans say that a stage takes of a device, what the stage asks for, and what TornadoVM then allocates. */
@Tag("device")
class PlannedMemoryTest {
    /** Weights are planned with 12 % for packing, which most types need less of; rows go up to the next multiple of sixteen. */
    private static final double MOST_TOO_MUCH = 1.2;
    private static final int CONTEXT = 1024;
    private static final int VOCAB = 2048;

    @ParameterizedTest
    @CsvSource({"QWEN2_0_5B, F32, F32, AUTO", "QWEN2_0_5B, F16, F16, AUTO", "QWEN2_0_5B, Q8_0, F32, AUTO", "QWEN2_0_5B, Q4_0, F16, AUTO",
            "SMALL_MOE, Q8_0, F32, AUTO", "SMALL_MOE, Q4_K, F32, AUTO", "QWEN2_0_5B, Q8_0, F32, CONTEXT"})
    void plansAndStagesAgreeWithWhatIsAllocated(PublishedShape shape, TensorType type, KvType kvType, KernelFamily family) {
        requireAgreement(sizes(shape.config()), type, kvType, family);
    }

    /** Gates and ups of 280 MiB, and as much of an output: both go in pieces, which have a place on the device, too. */
    @Test
    void whatIsSentInPiecesIsPlanned() {
        ModelConfig c = PublishedShape.QWEN2_0_5B.config();
        ModelConfig wide = new ModelConfig(c.architecture(), c.dim(), 1, c.heads(), c.kvHeads(), c.headDim(), 41_000, 82_000, CONTEXT,
                c.normEps(), c.ropeBase(), c.attention(), c.mixture());
        requireAgreement(wide, TensorType.F32, KvType.F32, KernelFamily.AUTO);
    }

    private static void requireAgreement(ModelConfig config, TensorType type, KvType kvType, KernelFamily family) {
        Device device = DeviceUnderTest.require();
        StageOptions options = StageOptions.DEFAULT.withContext(CONTEXT).withSessions(2).withKvType(kvType)
                .withKernels(new KernelChoice(family, 0));
        try (RandomLayer random = new RandomLayer(config, type)) {
            Model model = random.model();
            ModelNeeds needs = ModelNeeds.of(model);

            DeviceMemory memory = new DeviceMemory(device);
            AllocatedBytes layers = new AllocatedBytes();
            try (TornadoLayerStage stage = TornadoLayerStage.unchecked(device, DeviceUnderTest.tornado(), memory, model, 0, 1, options,
                    new GraphTools(layers, new LaunchClock()))) {
                compute(stage, model, 2); // some graphs join when they are first run: those of a single row,
                requireAgreement(needs.copied(0, device) + needs.kv(0, device, options) + needs.scratch(device, options), memory, layers);
            }
            assertEquals(0, memory.taken());

            if (family == KernelFamily.CONTEXT) {
                return; // a KernelContext takes some bytes, too, which are counted nowhere and too few to matter beside a layer
            }
            AllocatedBytes output = new AllocatedBytes();
            try (TornadoOutputStage stage = TornadoOutputStage.unchecked(device, DeviceUnderTest.tornado(), memory, model,
                    options.kernels(), new GraphTools(output, new LaunchClock()))) {
                stage.argmax(new HiddenStates(1, model.config().dim()).resize(1), 0);
                requireAgreement(needs.copiedOutput(device) + needs.outputScratch(device), memory, output);
            }
        }
    }

    /** As many tokens one by one in each of three sessions, one more than have their rows on the device: so rows move, too. */
    private static void compute(TornadoLayerStage stage, Model model, int tokens) {
        CacheSpec spec = new CacheSpec(CONTEXT, new AttentionPolicies(model.config()).forPrompt(1));
        for (int session = 0; session < 3; session++) {
            try (StageCache cache = stage.openCache(spec)) {
                for (int token = 0; token < tokens; token++) {
                    stage.forward(cache, new HiddenStates(1, model.config().dim()).resize(1), token);
                }
            }
        }
    }

    private static void requireAgreement(long planned, DeviceMemory memory, AllocatedBytes allocated) {
        String words = "planned " + planned + ", asked for " + memory.taken() + ", allocated " + allocated.bytes();
        assertTrue(allocated.bytes() <= memory.taken(), words);
        assertTrue(planned >= allocated.bytes() && planned <= MOST_TOO_MUCH * allocated.bytes(), words);
    }

    /** The output matrix of a published model would only take time to draw. */
    private static ModelConfig sizes(ModelConfig c) {
        return new ModelConfig(c.architecture(), c.dim(), 1, c.heads(), c.kvHeads(), c.headDim(), c.ffnDim(), VOCAB, CONTEXT, c.normEps(),
                c.ropeBase(), c.attention(), c.mixture());
    }
}
