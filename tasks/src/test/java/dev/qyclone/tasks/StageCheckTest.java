package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.AttentionConfig;
import dev.qyclone.engine.model.FeedForward;
import dev.qyclone.engine.model.LayerWeights;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.model.PublishedShape;
import dev.qyclone.engine.stage.AttentionPolicy;
import dev.qyclone.engine.stage.CheckRow;
import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;

/**
 * A stage whose device computes other numbers than the reference is refused where it is opened. The device is made wrong by a weight that
 * changes on the host once it has been packed: it computes with one number and is compared with another.
 */
@Tag("device")
class StageCheckTest {
    private static final int LAYERS = 2;
    private static final int CONTEXT = 544;
    private static final StageOptions OPTIONS = StageOptions.DEFAULT.withContext(CONTEXT).withBatch(32);
    /** Rows that a query of another device would see. */
    private static final int WINDOW = 64;

    @TempDir
    private Path folder;

    private DeviceMemory memory;

    @BeforeEach
    void require() {
        memory = new DeviceMemory(DeviceUnderTest.require());
    }

    /** Changes one weight when the first graph has run: all are packed by then, and nothing has been checked. */
    private static final class ChangedWeight extends OpeningClock {
        private final Tensor tensor;
        private boolean done;

        ChangedWeight(Tensor tensor) {
            super(false);
            this.tensor = tensor;
        }

        @Override
        void run(TornadoExecutionPlan plan) {
            super.run(plan);
            if (!done) {
                long index = tensor.elements() - tensor.cols() / 2;
                float before = tensor.data().getAtIndex(ValueLayout.JAVA_FLOAT, index);
                tensor.data().setAtIndex(ValueLayout.JAVA_FLOAT, index, before + 0.5f);
                done = true;
            }
        }
    }

    static Model model(RandomLayer random, ModelConfig config) {
        List<LayerWeights> layers = Stream.generate(() -> random.model().layers().getFirst()).limit(config.layers()).toList();
        Model one = random.model();
        return new Model(null, config, one.tokenEmbedding(), layers, one.outputNorm(), one.output());
    }

    private static ModelConfig dense() {
        return PublishedShape.TINY.config().withContext(CONTEXT);
    }

    static Stream<Arguments> weightsAndTheirSteps() {
        return IntStream.range(0, LAYERS).boxed().flatMap(layer -> Stream.of(
                weight(layer, "attn_norm_qkv", LayerWeights::v), weight(layer, "attn_out", LayerWeights::attnOut),
                weight(layer, "ffn_norm_gate_up", w -> ((FeedForward.Dense) w.ffn()).up()),
                weight(layer, "ffn_down", w -> ((FeedForward.Dense) w.ffn()).down())));
    }

    private static Arguments weight(int layer, String step, Function<LayerWeights, Tensor> which) {
        return Arguments.of(layer, step, which);
    }

    /** In the first layer, and in the last, which the same kernels compute at the end of their arrays. */
    @ParameterizedTest
    @MethodSource("weightsAndTheirSteps")
    void aStepThatComputesOtherNumbersIsNamed(int layer, String step, Function<LayerWeights, Tensor> which) {
        try (RandomLayer random = new RandomLayer(dense(), TensorType.F32)) {
            Model model = model(random, dense());
            String call = layer == 0 ? "prefill " : "layer 1 decode ";
            refused(call + step, () -> open(model, LAYERS, which.apply(model.layers().get(layer)), new PassedChecks(null, false)));
        }
    }

    @Test
    void aMixtureThatComputesOtherNumbersIsNamed() {
        ModelConfig config = PublishedShape.TINY_MOE.config().withContext(CONTEXT);
        try (RandomLayer random = new RandomLayer(config, TensorType.F32)) {
            Model model = model(random, config);
            Tensor shared = ((FeedForward.Mixture) model.layers().getFirst().ffn()).shared().down();
            refused("prefill mixture", () -> open(model, LAYERS, shared, new PassedChecks(null, false)));
        }
    }

    @Test
    void anOutputThatComputesOtherNumbersIsNamed() {
        try (RandomLayer random = new RandomLayer(dense(), TensorType.F32)) {
            Model model = model(random, dense());
            GraphTools tools = new GraphTools(new ChangedWeight(model.output()), new LaunchClock());
            refused("output_norm_logits", () -> TornadoOutputStage.open(DeviceUnderTest.require(), DeviceUnderTest.tornado(), memory, model,
                    OPTIONS, new PassedChecks(null, false), tools));
        }
    }

    @Test
    void aPassOfOneLayerIsNoneOfTwo() {
        PassedChecks passed = new PassedChecks(folder, false);
        try (RandomLayer random = new RandomLayer(dense(), TensorType.F32)) {
            Model model = model(random, dense());
            TornadoLayerStage.open(DeviceUnderTest.require(), DeviceUnderTest.tornado(), memory, model, 0, 1, OPTIONS, passed,
                    GraphTools.plain()).close();
            Tensor last = model.layers().getLast().attnOut();
            refused("layer 1 decode attn_out", () -> open(model, LAYERS, last, passed));
        }
    }

    /** The device lets queries see all keys, the reference only {@link #WINDOW}: nothing tells the two apart in a text's first rows. */
    @ParameterizedTest
    @EnumSource(names = {"PARALLEL", "CONTEXT", "FPGA"})
    void attentionThatIsWrongBehindManyRowsIsFound(KernelFamily family) {
        StageOptions options = OPTIONS.withKernels(new KernelChoice(family, 0));
        try (RandomLayer random = new RandomLayer(dense(), TensorType.F32)) {
            Model model = model(random, dense());
            try (TornadoLayerStage stage = TornadoLayerStage.unchecked(DeviceUnderTest.require(), DeviceUnderTest.tornado(), memory, model,
                    0, 1, options)) {
                CheckedLayer right = stage.checked(model, 0, options);
                CheckedLayer wrong = new CheckedLayer(right.config(), right.weights(),
                        AttentionPolicy.windowed(right.policy().rope(), WINDOW), options, 0, right.prefill(), right.decode(), right.pool(),
                        right.moves());
                assertEquals(List.of("deep decode attention", "deep prefill attention"), StageCheck.run(wrong, false).stream()
                        .filter(row -> row.verdict() != CheckRow.Verdict.OK).map(CheckRow::kernel).toList());
            }
        }
    }

    /**
     * The last of several slots, with either type of rows, behind a context's rows and behind a ring that has come round. Nothing was ever
     * written there: all of it is NaN, in the layer before, too.
     */
    @ParameterizedTest
    @MethodSource("familiesAndTypes")
    void rightKernelsPassBehindManyRows(KernelFamily family, KvType kvType) {
        StageOptions options = OPTIONS.withSessions(2).withKvType(kvType).withKernels(new KernelChoice(family, 0));
        ModelConfig config = dense().withAttention(AttentionConfig.PLAIN.withWindows(List.of(0, WINDOW)));
        try (RandomLayer random = new RandomLayer(config, TensorType.F32)) {
            Model model = model(random, config);
            try (TornadoLayerStage stage = TornadoLayerStage.unchecked(DeviceUnderTest.require(), DeviceUnderTest.tornado(), memory, model,
                    0, LAYERS, options)) {
                List<String> places = IntStream.range(0, LAYERS).boxed().flatMap(layer -> {
                    IntStream.range(0, options.sessions()).forEach(slot -> DeviceRows.fill(stage, slot, (byte) -1));
                    List<CheckRow> rows = stage.check(model, layer, options, false);
                    assertDoesNotThrow(() -> StageCheck.require(DeviceUnderTest.require(), rows));
                    return rows.stream().filter(row -> row.kernel().equals("deep decode attention")).map(CheckRow::shape);
                }).toList();
                int ring = stage.slots().pool().capacity(1);
                assertTrue(ring < CONTEXT / 2, "a ring of " + ring);
                assertEquals(List.of("4x64 @ d491", "4x64 @ d" + (ring + 107)), places);
            }
        }
    }

    static Stream<Arguments> familiesAndTypes() {
        return Stream.of(KernelFamily.PARALLEL, KernelFamily.CONTEXT, KernelFamily.FPGA)
                .flatMap(family -> Stream.of(KvType.values()).map(kvType -> Arguments.of(family, kvType)));
    }

    private void open(Model model, int layers, Tensor changed, PassedChecks passed) {
        TornadoLayerStage.open(DeviceUnderTest.require(), DeviceUnderTest.tornado(), memory, model, 0, layers, OPTIONS, passed,
                new GraphTools(new ChangedWeight(changed), new LaunchClock()));
    }

    private void refused(String kernel, Runnable opening) {
        EngineException e = assertThrows(EngineException.class, opening::run);
        assertEquals(ErrorCode.DEVICE_WRONG, e.code(), e.getMessage());
        assertTrue(e.getMessage().contains("computes " + kernel + " ("), e.getMessage());
        assertEquals(0, memory.taken(), "what the refused stage had taken");
    }
}
