package dev.qyclone.engine.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.QuantizedCopy;
import dev.qyclone.engine.TinyModel;
import dev.qyclone.engine.file.GgufFile;
import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.generation.Session;
import dev.qyclone.engine.generation.SessionOptions;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import dev.qyclone.engine.tokens.Tokenizer;
import dev.qyclone.engine.tokens.TokenizerLoader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class SyntheticModelTest {
    /** Of the standard deviation over 65,536 elements and more; the scales of small steps are rounded to halves. */
    private static final double DEVIATION_TOLERANCE = 0.03;
    /** Of the mean, in standard deviations. */
    private static final double MEAN_TOLERANCE = 0.03;
    /** Of the deviation of 512 logits from 0, which is 1 by the choice of the weights. */
    private static final double LOGITS_TOLERANCE = 0.2;
    /** What a matrix loses in 4 bits and more, relative to its largest element. */
    private static final float QUANTIZATION_TOLERANCE = 0.1f;

    @TempDir
    Path folder;

    @Test
    void parameterCountsAreThePublishedOnes() {
        // The counts of the published safetensors files.
        Map<String, Long> published = Map.ofEntries(
                Map.entry("qwen1.5-0.5b", 463_987_712L), Map.entry("qwen1.5-1.8b", 1_836_828_672L),
                Map.entry("qwen1.5-4b", 3_950_369_280L), Map.entry("qwen1.5-7b", 7_721_324_544L),
                Map.entry("qwen1.5-14b", 14_167_290_880L), Map.entry("qwen1.5-32b", 32_512_218_112L),
                Map.entry("qwen1.5-72b", 72_287_920_128L), Map.entry("qwen1.5-110b", 111_209_914_368L),
                Map.entry("qwen2-0.5b", 494_032_768L), Map.entry("qwen2-1.5b", 1_543_714_304L),
                Map.entry("qwen2.5-3b", 3_085_938_688L), Map.entry("qwen2-7b", 7_615_616_512L),
                Map.entry("qwen2.5-14b", 14_770_033_664L), Map.entry("qwen2.5-32b", 32_763_876_352L),
                Map.entry("qwen2-72b", 72_706_203_648L),
                Map.entry("qwen-1.8b", 1_836_828_672L), Map.entry("qwen-7b", 7_721_324_544L),
                Map.entry("qwen-14b", 14_167_290_880L), Map.entry("qwen-72b", 72_287_920_128L),
                Map.entry("qwen1.5-moe-a2.7b", 14_315_784_192L), Map.entry("qwen2-57b-a14b", 57_408_658_944L));
        assertEquals(PublishedShape.values().length - 4, published.size());
        published.forEach((name, count) -> assertEquals(count, PublishedShape.ofName(name).orElseThrow().parameters(), name));
        assertEquals(PublishedShape.QWEN2_7B, PublishedShape.ofName("Qwen2.5-7B").orElseThrow());
        assertTrue(PublishedShape.ofName("qwen3-8b").isEmpty());
        assertTrue(PublishedShape.allNames().contains("tiny"));
    }

    @ParameterizedTest
    @EnumSource
    void writtenModelsLoad(TensorType type) {
        Path path = folder.resolve("m.gguf");
        List<Long> progress = new ArrayList<>();
        SyntheticModel.write(PublishedShape.TINY, type, 1, path, (written, total) -> {
            assertTrue(written <= total);
            progress.add(written);
        });
        try (Model model = ModelLoader.load(path)) {
            assertEquals(PublishedShape.TINY.config(), model.config());
            assertTrue(model.tied());
            assertEquals(progress.getLast(), model.source().weights().tensors().values().stream().mapToLong(Tensor::bytes).sum());
            assertTrue(progress.size() > 10 && progress.size() <= 201, progress.size() + " reports");
            LayerWeights layer = model.layers().get(1);
            assertEquals(TensorType.F32, layer.attnNorm().type());
            assertEquals(TensorType.F32, layer.qBias().type());
            assertSpread(model.tokenEmbedding(), type, 1.0 / 16);
            FeedForward.Dense ffn = (FeedForward.Dense) layer.ffn();
            assertSpread(ffn.gate(), type, 1.0 / 16);
            assertSpread(ffn.down(), type, 0.5 / Math.sqrt(512));
        }
    }

    @ParameterizedTest
    @EnumSource
    void mixturesLoad(TensorType type) {
        Path path = folder.resolve("m.gguf");
        SyntheticModel.write(PublishedShape.TINY_MOE, type, 1, path, (written, total) -> { });
        try (Model model = ModelLoader.load(path)) {
            assertEquals(PublishedShape.TINY_MOE.config(), model.config());
            assertEquals(PublishedShape.TINY_MOE.parameters(), elements(model));
            FeedForward.Mixture ffn = (FeedForward.Mixture) model.layers().get(1).ffn();
            assertEquals(TensorType.F32, ffn.router().type());
            assertEquals(TensorType.F32, ffn.sharedGate().type());
            assertEquals(8, ffn.experts().size());
            assertSpread(ffn.experts().get(7).gate(), type, 1.0 / 16);
            assertSpread(ffn.shared().down(), type, 0.5 / Math.sqrt(512));
            assertFalse(Arrays.equals(ffn.experts().get(0).up().toFloats(), ffn.experts().get(1).up().toFloats()), "experts differ");
        }
    }

    @ParameterizedTest
    @EnumSource
    void firstQwensLoad(TensorType type) {
        Path path = folder.resolve("m.gguf");
        SyntheticModel.write(PublishedShape.TINY_QWEN1, type, 1, path, (written, total) -> { });
        try (Model model = ModelLoader.load(path)) {
            assertEquals(PublishedShape.TINY_QWEN1.config(), model.config());
            assertEquals(32_767, model.config().context());
            assertEquals(new RopeScaling.DynamicNtk(512), model.config().attention().scaling());
            assertEquals(PublishedShape.TINY_QWEN1.parameters(), elements(model));
            assertFalse(model.tied());
            GgufFile file = (GgufFile) model.source().weights();
            assertEquals(1024, file.metadata().requireInt("qwen.feed_forward_length"), "doubled");
            assertEquals(512, file.metadata().requireInt("qwen.context_length"));
            assertEquals(List.of(768L, 256L), file.require("blk.1.attn_qkv.weight").shape());
            assertEquals(TensorType.F32, file.require("blk.1.attn_qkv.bias").type());
            assertFalse(file.tensors().containsKey("blk.1.attn_q.weight"));
            assertSpread(model.layers().get(1).k(), type, 1.0 / 16);
        }
    }

    private static long elements(Model model) {
        return model.source().weights().tensors().values().stream().mapToLong(Tensor::elements).sum();
    }

    @Test
    void anyTextCanBeTokenized() {
        Path path = folder.resolve("m.gguf");
        SyntheticModel.write(PublishedShape.TINY, TensorType.Q4_0, 1, path, (written, total) -> { });
        try (ModelSource source = ModelSource.open(path)) {
            Tokenizer tokenizer = TokenizerLoader.load(source);
            String text = "Once upon the time, 你好\n";
            int[] ids = tokenizer.encodeOrdinary(text);
            assertEquals(text, tokenizer.decode(ids));
            assertTrue(ids.length < text.getBytes(StandardCharsets.UTF_8).length, "some merges apply");
            assertEquals(Set.of("<|endoftext|>", "<|im_start|>", "<|im_end|>"), tokenizer.specials());
        }
    }

    static List<Arguments> shapesAndTypes() {
        return Stream.of(PublishedShape.TINY, PublishedShape.TINY_MOE, PublishedShape.TINY_QWEN1)
                .flatMap(shape -> Arrays.stream(TensorType.values()).map(type -> Arguments.of(shape, type))).toList();
    }

    @ParameterizedTest
    @MethodSource("shapesAndTypes")
    void logitsAreOfNormalSizeAndFollowThePrompt(PublishedShape shape, TensorType type) {
        Path path = folder.resolve("m.gguf");
        SyntheticModel.write(shape, type, 3, path, (written, total) -> { });
        try (Engine engine = Engine.open(path, "cpu:scalar"); Session session = engine.newSession(new SessionOptions(8, 8))) {
            float[] first = session.append(new int[] {1, 2, 3}, Session.Progress.NONE).clone();
            float[] second = session.append(new int[] {400}, Session.Progress.NONE).clone();
            assertEquals(1, deviation(first), LOGITS_TOLERANCE);
            assertEquals(1, deviation(second), LOGITS_TOLERANCE);
            assertFalse(Arrays.equals(first, second));
        }
    }

    private static double deviation(float[] values) {
        double squares = 0;
        for (float value : values) {
            squares += (double) value * value;
        }
        return Math.sqrt(squares / values.length);
    }

    private static void assertSpread(Tensor matrix, TensorType type, double deviation) {
        assertEquals(type, matrix.type());
        double sum = 0;
        double squares = 0;
        for (float value : matrix.toFloats()) {
            sum += value;
            squares += (double) value * value;
        }
        double mean = sum / matrix.elements();
        assertEquals(0, mean / deviation, MEAN_TOLERANCE, matrix.toString());
        assertEquals(1, Math.sqrt(squares / matrix.elements() - mean * mean) / deviation, DEVIATION_TOLERANCE, matrix.toString());
        float[] first = new float[(int) matrix.cols()];
        float[] second = first.clone();
        matrix.decodeRow(0, first, 0);
        matrix.decodeRow(1, second, 0);
        assertFalse(Arrays.equals(first, second), "rows differ");
    }

    @Test
    void theSameSeedGivesTheSameBytes() throws IOException {
        Path a = folder.resolve("a.gguf");
        Path b = folder.resolve("b.gguf");
        Path other = folder.resolve("other.gguf");
        SyntheticModel.write(PublishedShape.TINY, TensorType.Q5_K, 7, a, (written, total) -> { });
        SyntheticModel.write(PublishedShape.TINY, TensorType.Q5_K, 7, b, (written, total) -> { });
        SyntheticModel.write(PublishedShape.TINY, TensorType.Q5_K, 8, other, (written, total) -> { });
        assertEquals(-1, Files.mismatch(a, b));
        assertTrue(Files.mismatch(a, other) >= 0);
    }

    @Test
    void fallsBackWhereRowsAreNoWholeBlocks() {
        assertEquals(TensorType.Q5_0, SyntheticModel.storable(TensorType.Q4_K, 896));
        assertEquals(TensorType.Q4_K, SyntheticModel.storable(TensorType.Q4_K, 4864));
        assertEquals(TensorType.Q5_1, SyntheticModel.storable(TensorType.Q5_K, 5504));
        assertEquals(TensorType.Q8_0, SyntheticModel.storable(TensorType.Q6_K, 29568));
        assertEquals(TensorType.F16, SyntheticModel.storable(TensorType.Q4_K, 100));
        assertEquals(TensorType.F16, SyntheticModel.storable(TensorType.Q8_0, 100));
        assertEquals(TensorType.BF16, SyntheticModel.storable(TensorType.BF16, 7));
    }

    @Test
    void anAbortedWriteLeavesNothing() throws IOException {
        assertThrows(IllegalStateException.class,
                () -> SyntheticModel.write(PublishedShape.TINY, TensorType.Q8_0, 1, folder.resolve("m.gguf"), (written, total) -> {
                    throw new IllegalStateException("stop");
                }));
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @ParameterizedTest
    @EnumSource
    void tinyModelsHoldTheSameWeightsInEveryType(TensorType type) {
        Path plain = TinyModel.write(folder, TensorType.F32);
        Path path = TinyModel.write(folder, type);
        Path copy = QuantizedCopy.write(plain, folder.resolve("copy.gguf"), type);
        try (Model model = ModelLoader.load(path); Model original = ModelLoader.load(plain); GgufFile copied = GgufFile.open(copy)) {
            assertEquals(TinyModel.dim(type), model.config().dim());
            assertEquals(type, ((FeedForward.Dense) model.layers().get(1).ffn()).down().type());
            assertFalse(model.tied());
            GgufFile source = (GgufFile) original.source().weights();
            assertEquals(source.metadata().keys(), copied.metadata().keys());
            for (String key : source.metadata().keys()) {
                assertEquals(source.metadata().get(key), copied.metadata().get(key), key);
            }
            assertEquals(List.copyOf(source.tensors().keySet()), List.copyOf(copied.tensors().keySet()));
            Tensor up = ((FeedForward.Dense) original.layers().getFirst().ffn()).up();
            Tensor copiedUp = copied.require("blk.0.ffn_up.weight");
            assertEquals(SyntheticModel.storable(type, 64), copiedUp.type());
            assertArrayEquals(up.toFloats(), copiedUp.toFloats(), QUANTIZATION_TOLERANCE);
            assertArrayEquals(original.outputNorm().toFloats(), copied.require("output_norm.weight").toFloats());
        }
    }
}
