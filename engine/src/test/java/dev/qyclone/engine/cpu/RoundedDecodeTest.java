package dev.qyclone.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.Golden;
import dev.qyclone.engine.QuantizedCopy;
import dev.qyclone.engine.SharedData;
import dev.qyclone.engine.TinyModel;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.ops.Ops;
import dev.qyclone.engine.ops.ScalarOps;
import dev.qyclone.engine.ops.VectorOps;
import dev.qyclone.engine.ops.WorkerPool;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.engine.tensor.TensorType;
import dev.qyclone.engine.tokens.TokenizerLoader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Decode as it runs by default, over copies and with whatever it rounds, against the plain ops: quantized copies of the golden models and
 * of the demo model, 200 positions, one by one. Beyond these bounds rounding must not be the default.
 */
class RoundedDecodeTest {
    private static final double RELATIVE_L2 = 1e-2;
    private static final double DIVERGENCE = 1e-4;
    private static final int POSITIONS = 200;
    /** Enough for as many ids. */
    private static final int CHARACTERS = 4000;

    private static final WorkerPool POOL = new WorkerPool(2);

    @TempDir
    private Path folder;

    @AfterAll
    static void close() {
        POOL.close();
    }

    /** All golden models in one type that is copied, three kinds of model in the others. */
    static Stream<Arguments> copies() {
        List<Arguments> copies = new ArrayList<>();
        Golden.MODELS.forEach(name -> copies.add(Arguments.of(name, TensorType.Q4_0)));
        for (String name : List.of("qwen2-tied", "qwen1-ntk", "qwen2-moe")) {
            for (TensorType type : List.of(TensorType.Q8_0, TensorType.Q4_1, TensorType.Q5_0, TensorType.Q5_1)) {
                copies.add(Arguments.of(name, type));
            }
        }
        return copies.stream();
    }

    @ParameterizedTest
    @MethodSource("copies")
    void goldenModelsStayWithinTheBounds(String name, TensorType type) {
        Path file = QuantizedCopy.write(Golden.folder(name).resolve("model.gguf"), folder.resolve("model.gguf"), type);
        try (Model model = ModelLoader.load(file)) {
            requireBounds(model, new Random(7).ints(POSITIONS, 0, model.config().vocab()).toArray());
        }
    }

    @ParameterizedTest
    @MethodSource("superBlocks")
    void theKTypesStayWithinTheBounds(TensorType type) {
        try (Model model = ModelLoader.load(TinyModel.write(folder, type))) {
            requireBounds(model, new Random(7).ints(POSITIONS, 0, model.config().vocab()).toArray());
        }
    }

    static Stream<TensorType> superBlocks() {
        return Arrays.stream(TensorType.values()).filter(type -> type.blockSize() == 256);
    }

    @ParameterizedTest
    @MethodSource("demoTypes")
    void theDemoModelStaysWithinTheBoundsAndWritesTheSame(TensorType type) throws IOException {
        Path demo = SharedData.require("demo/fairytale-q8_0.gguf");
        Path file = QuantizedCopy.write(demo, folder.resolve("demo.gguf"), type);
        try (Model model = ModelLoader.load(file)) {
            requireBounds(model, Arrays.copyOf(TokenizerLoader.load(model.source()).encodeOrdinary(fairyTale()), POSITIONS));
            if (type != TensorType.Q8_0 && type != TensorType.Q4_0) {
                return; // within the bounds two ids that are nearly alike may change places, as the 32nd of a prompt does for Q5_1
            }
            for (Golden.Prompt prompt : Golden.prompts(SharedData.require("demo/golden.json"))) {
                int[] ids = AllLogits.greedy(model, new VectorOps(POOL), StageOptions.DEFAULT, prompt.ids(), prompt.greedy().length);
                if (type == TensorType.Q8_0) {
                    assertArrayEquals(prompt.greedy(), ids, "Hugging Face's");
                }
                assertArrayEquals(AllLogits.greedy(model, new ScalarOps(POOL), StageOptions.DEFAULT, prompt.ids(), ids.length), ids);
            }
        }
    }

    private static String fairyTale() throws IOException {
        try (InputStream in = new GZIPInputStream(Files.newInputStream(SharedData.require("data/fairytales.txt.gz")))) {
            return new String(in.readNBytes(CHARACTERS), StandardCharsets.UTF_8);
        }
    }

    static Stream<TensorType> demoTypes() {
        return Stream.of(TensorType.Q8_0, TensorType.Q4_0, TensorType.Q4_1, TensorType.Q5_0, TensorType.Q5_1);
    }

    private static void requireBounds(Model model, int[] ids) {
        AllLogits truth = AllLogits.of(model, new ScalarOps(POOL), StageOptions.DEFAULT, ids, ids.length);
        Ops ops = new VectorOps(POOL);
        AllLogits exact = AllLogits.of(model, ops, StageOptions.DEFAULT.withExact(true), ids, 1);
        assertTrue(truth.relativeL2(exact) <= Golden.LOGITS_TOLERANCE, "exact: relative L2 " + truth.relativeL2(exact));
        AllLogits decoded = AllLogits.of(model, ops, StageOptions.DEFAULT, ids, 1);
        double distance = truth.relativeL2(decoded);
        double divergence = truth.divergence(decoded);
        boolean rounds = RoundedDecode.bits(model, StageOptions.DEFAULT) > 0;
        assertTrue(distance <= (rounds ? RELATIVE_L2 : Golden.LOGITS_TOLERANCE), "relative L2 " + distance);
        assertTrue(divergence <= DIVERGENCE, "KL " + divergence);
        // What inspect says.
        assertTrue(distance <= RoundedDecode.RELATIVE_L2 && divergence <= RoundedDecode.DIVERGENCE, distance + ", " + divergence);
    }
}
