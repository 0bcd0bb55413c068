package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Kernels that are taken as they were compiled before compute what they did then, and what the reference does. */
@Tag("device")
class StoredKernelsTest {
    private static final int CONTEXT = 640;

    @TempDir
    private Path folder;
    private Device device;
    private DeviceMemory memory;

    @BeforeEach
    void openDevice() {
        device = DeviceUnderTest.require();
        memory = new DeviceMemory(device);
        Assumptions.assumeTrue(store() != KernelStore.NONE, "kernels are kept for OpenCL only");
    }

    @AfterEach
    void nothingStaysOnTheDevice() {
        assertEquals(0, memory.taken());
    }

    private KernelStore store() {
        return KernelStore.of(folder, false, device, DeviceUnderTest.tornado());
    }

    static Stream<Arguments> cases() {
        ModelConfig dense = PublishedShape.TINY.config().withContext(CONTEXT);
        ModelConfig mixture = PublishedShape.TINY_MOE.config().withContext(CONTEXT);
        return Stream.of(
                Arguments.of(dense, TensorType.F32, KernelFamily.PARALLEL, KvType.F32),
                Arguments.of(dense, TensorType.Q8_0, KernelFamily.PARALLEL, KvType.F16),
                Arguments.of(dense, TensorType.Q4_0, KernelFamily.CONTEXT, KvType.F32),
                Arguments.of(dense, TensorType.F16, KernelFamily.CONTEXT, KvType.F16),
                Arguments.of(dense, TensorType.Q8_0, KernelFamily.FPGA, KvType.F32),
                Arguments.of(mixture, TensorType.F32, KernelFamily.PARALLEL, KvType.F32),
                Arguments.of(mixture, TensorType.Q8_0, KernelFamily.CONTEXT, KvType.F32));
    }

    /** The first opening compiles all kernels, the second none; both check every kernel against the reference. */
    @ParameterizedTest
    @MethodSource("cases")
    void aSecondOpeningCompilesNothing(ModelConfig config, TensorType type, KernelFamily family, KvType kvType) throws IOException {
        StageOptions options = StageOptions.DEFAULT.withContext(CONTEXT).withBatch(16).withSessions(2).withKvType(kvType)
                .withKernels(new KernelChoice(family, 0));
        try (RandomLayer random = new RandomLayer(config, type)) {
            Model model = StageCheckTest.model(random, config);
            float[] compiled;
            try (TornadoLayerStage stage = open(model, options)) {
                assertTrue(stage.newKernels() > 0);
                compiled = run(stage, model);
            }
            List<String> kept = files();
            try (TornadoLayerStage stage = open(model, options)) {
                assertEquals(0, stage.newKernels());
                assertArrayEquals(compiled, run(stage, model));
            }
            assertEquals(kept, files());
        }
    }

    @Test
    void theOutputIsComputedByKernelsOfBefore() {
        ModelConfig config = PublishedShape.TINY.config().withContext(CONTEXT);
        try (RandomLayer random = new RandomLayer(config, TensorType.Q8_0)) {
            Model model = StageCheckTest.model(random, config);
            for (boolean first : new boolean[] {true, false}) {
                try (TornadoOutputStage stage = TornadoOutputStage.open(device, DeviceUnderTest.tornado(), memory, model,
                        StageOptions.DEFAULT, new PassedChecks(null, false), tools())) {
                    assertEquals(first, stage.newKernels() > 0);
                }
            }
        }
    }

    /** A source that a driver takes and that computes something else, as after a fault of whoever wrote it. */
    @Test
    void kernelsOfBeforeThatAreWrongAreFound() throws IOException {
        tiny((model, options) -> {
            open(model, options).close();
            change("void byteProduct(", text -> text.replaceFirst("  // BLOCK 0\n", "  return;\n"));
            EngineException e = assertThrows(EngineException.class, () -> open(model, options));
            assertEquals(ErrorCode.DEVICE_WRONG, e.code(), e.getMessage());
        });
    }

    @Test
    void kernelsThatADriverDoesNotTakeAreCompiledAgain() throws IOException {
        tiny((model, options) -> {
            open(model, options).close();
            change("void ropeAndKeep(", text -> text.replaceFirst("return;", "no C;"));
            EngineException e = assertThrows(EngineException.class, () -> open(model, options));
            assertEquals(ErrorCode.DEVICE_UNAVAILABLE, e.code(), e.getMessage());
            try (TornadoLayerStage stage = open(model, options)) {
                assertTrue(stage.newKernels() > 0);
            }
        });
    }

    private interface Opening {
        void with(Model model, StageOptions options) throws IOException;
    }

    private static void tiny(Opening opening) throws IOException {
        ModelConfig config = PublishedShape.TINY.config().withContext(CONTEXT);
        try (RandomLayer random = new RandomLayer(config, TensorType.Q8_0)) {
            opening.with(StageCheckTest.model(random, config), StageOptions.DEFAULT.withContext(CONTEXT).withBatch(16));
        }
    }

    /** Another source under the name that it would have. */
    private void change(String kernel, UnaryOperator<String> change) throws IOException {
        int changed = 0;
        for (Path file : sources()) {
            String text = Files.readString(file);
            if (text.contains(kernel)) {
                String other = change.apply(text);
                assertNotEquals(text, other);
                String name = file.getFileName().toString().substring(0, 33) + BuildHash.of(List.of(other), 16) + ".cl";
                Files.writeString(file.resolveSibling(name), other);
                Files.delete(file);
                changed++;
            }
        }
        assertTrue(changed > 0, "no kernel has " + kernel);
    }

    private GraphTools tools() {
        return GraphTools.plain().with(store());
    }

    private TornadoLayerStage open(Model model, StageOptions options) {
        return TornadoLayerStage.open(device, DeviceUnderTest.tornado(), memory, model, 0, model.config().layers(), options,
                new PassedChecks(null, false), tools());
    }

    /** A prompt, its tail, and single tokens. */
    private static float[] run(TornadoLayerStage stage, Model model) {
        int dim = model.config().dim();
        Random random = new Random(5);
        List<float[]> outputs = new ArrayList<>();
        try (StageCache cache = stage.openCache(new CacheSpec(CONTEXT, new AttentionPolicies(model.config()).forPrompt(1)))) {
            int position = 0;
            for (int tokens : new int[] {16, 7, 1, 1}) {
                HiddenStates x = new HiddenStates(tokens, dim).resize(tokens);
                for (int i = 0; i < tokens * dim; i++) {
                    x.data()[i] = (float) random.nextGaussian();
                }
                stage.forward(cache, x, position);
                outputs.add(Arrays.copyOf(x.data(), tokens * dim));
                position += tokens;
            }
        }
        float[] all = new float[outputs.stream().mapToInt(rows -> rows.length).sum()];
        int at = 0;
        for (float[] rows : outputs) {
            System.arraycopy(rows, 0, all, at, rows.length);
            at += rows.length;
        }
        return all;
    }

    private List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("kernels"))) {
            return files.sorted().toList();
        }
    }

    /** Names and times: what is compiled again is written again. */
    private List<String> files() throws IOException {
        List<String> all = new ArrayList<>();
        for (Path file : sources()) {
            all.add(file.getFileName() + " " + Files.getLastModifiedTime(file));
        }
        return all;
    }
}
