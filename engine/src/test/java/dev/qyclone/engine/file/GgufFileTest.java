package dev.qyclone.engine.file;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.qyclone.engine.SharedData;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.tensor.Blocks;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class GgufFileTest {
    @TempDir
    Path folder;

    static Path tinyContainer() {
        try {
            return Path.of(GgufFileTest.class.getResource("/vectors/tiny-container.gguf").toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void readsEveryKindOfValue() {
        try (GgufFile file = GgufFile.open(tinyContainer())) {
            Metadata metadata = file.metadata();
            assertEquals("qwen2", metadata.requireString("general.architecture"));
            assertEquals(200, metadata.requireInt("t.u8"));
            assertEquals(-5, metadata.requireInt("t.i8"));
            assertEquals(60000, metadata.requireInt("t.u16"));
            assertEquals(-300, metadata.requireInt("t.i16"));
            assertEquals(4000000000L, metadata.get("t.u32"));
            assertEquals(-70000, metadata.requireInt("t.i32"));
            assertEquals(0.1f, (float) metadata.requireDouble("t.f32"));
            assertTrue(metadata.booleanOr("t.bool", false));
            assertEquals("hé你", metadata.requireString("t.str"));
            assertEquals(new BigInteger("9223372036854775813"), metadata.get("t.u64"));
            assertEquals(-1099511627776L, metadata.get("t.i64"));
            assertEquals(1e-300, metadata.requireDouble("t.f64"));
            assertEquals(List.of("a", "", "Ġt"), metadata.requireStrings("t.arr_str"));
            assertArrayEquals(new int[] {1, -2, 3}, metadata.requireInts("t.arr_i32"));
            assertEquals(List.of(0.5, -1.25), metadata.get("t.arr_f32"));
            assertEquals(18, metadata.keys().size());
        }
    }

    @Test
    void readsTensorsOutermostSizeFirst() {
        try (GgufFile file = GgufFile.open(tinyContainer())) {
            assertEquals(List.of("t.f32_3x8", "t.f16_5", "t.q8_2x64"), List.copyOf(file.tensors().keySet()));
            Tensor matrix = file.tensors().get("t.f32_3x8");
            assertEquals(List.of(3L, 8L), matrix.shape());
            float[] row = new float[8];
            matrix.decodeRow(2, row, 0);
            assertArrayEquals(new float[] {16, 17, 18, 19, 20, 21, 22, 23}, row);
            assertArrayEquals(new float[] {0, 0.125f, 0.25f, 0.375f, 0.5f}, file.tensors().get("t.f16_5").toFloats());
            Tensor quantized = file.tensors().get("t.q8_2x64");
            assertEquals(TensorType.Q8_0, quantized.type());
            assertEquals(List.of(2L, 64L), quantized.shape());
            assertEquals(4, quantized.data().byteSize() / 34);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"qwen2-gqa", "qwen2-tied", "qwen1.5-mha"})
    void goldenModelsHoldTheSameNumbersInBothFormats(String name) {
        Path golden = SharedData.require("data/goldens/" + name);
        try (GgufFile gguf = GgufFile.open(golden.resolve("model.gguf")); SafetensorsFile folder = SafetensorsFile.openFolder(golden)) {
            assertEquals(gguf.tensors().size(), folder.tensors().size());
            for (Map.Entry<String, Tensor> entry : gguf.tensors().entrySet()) {
                Tensor other = folder.require(huggingFaceName(entry.getKey()));
                assertEquals(entry.getValue().shape(), other.shape(), entry.getKey());
                assertArrayEquals(other.toFloats(), entry.getValue().toFloats(), entry.getKey());
            }
        }
    }

    @Test
    void opensEveryGoldenModel() throws IOException {
        List<Path> folders;
        try (Stream<Path> stream = Files.list(SharedData.require("data/goldens"))) {
            folders = stream.filter(Files::isDirectory).toList();
        }
        assertFalse(folders.isEmpty());
        for (Path golden : folders) {
            try (GgufFile gguf = GgufFile.open(golden.resolve("model.gguf")); SafetensorsFile other = SafetensorsFile.openFolder(golden)) {
                assertTrue(gguf.metadata().requireString("general.architecture").startsWith("qwen"));
                assertFalse(gguf.tensors().isEmpty());
                assertFalse(other.tensors().isEmpty());
            }
        }
    }

    @Test
    void writesWhatItReads() {
        Path path = folder.resolve("written.gguf");
        new GgufWriter().put("i", 7).put("negative", -7).put("l", 1L << 40).put("f", 0.25f).put("d", 1e-9).put("b", true).put("s", "é")
                .put("ints", new int[] {1, -1}).put("floats", new float[] {1.5f}).put("strings", List.of("x", ""))
                .tensor("a", TensorType.F32, new long[] {2, 3}, (row, target) -> {
                    for (int i = 0; i < 3; i++) {
                        target[i] = 10 * row + i;
                    }
                })
                .tensor("b", TensorType.F16, new long[] {5}, (row, target) -> target[4] = 2)
                .write(path);
        try (GgufFile file = GgufFile.open(path)) {
            Metadata metadata = file.metadata();
            assertEquals(7, metadata.requireInt("i"));
            assertEquals(-7, metadata.requireInt("negative"));
            assertEquals(1L << 40, metadata.get("l"));
            assertEquals(0.25, metadata.requireDouble("f"));
            assertEquals(1e-9, metadata.requireDouble("d"));
            assertTrue(metadata.booleanOr("b", false));
            assertEquals("é", metadata.requireString("s"));
            assertArrayEquals(new int[] {1, -1}, metadata.requireInts("ints"));
            assertEquals(List.of(1.5), metadata.get("floats"));
            assertEquals(List.of("x", ""), metadata.requireStrings("strings"));
            assertArrayEquals(new float[] {0, 1, 2, 10, 11, 12}, file.require("a").toFloats());
            assertArrayEquals(new float[] {0, 0, 0, 0, 2}, file.require("b").toFloats());
            assertEquals(ErrorCode.BAD_MODEL, assertThrows(EngineException.class, () -> file.require("c")).code());
        }
    }

    @ParameterizedTest
    @EnumSource
    void writesEveryTensorType(TensorType type) {
        Path path = folder.resolve("types.gguf");
        new GgufWriter().tensor("t", type, new long[] {3, 512}, (row, target) -> Arrays.fill(target, row)).write(path);
        try (GgufFile file = GgufFile.open(path)) {
            Tensor tensor = file.require("t");
            assertEquals(type, tensor.type());
            float[] row = new float[512];
            tensor.decodeRow(2, row, 0);
            for (float value : row) {
                assertEquals(2, value, 0.1);
            }
        }
    }

    @Test
    void filesAndTensorsBeyondTwoGigabytes() throws IOException {
        long large = 3L << 30;
        byte[] head = GgufBytes.head(3, 2, 0).tensor("large", 0, 0, large / Float.BYTES).tensor("behind", 0, large, 2).alignedTo(32)
                .toByteArray();
        Path path = folder.resolve("large.gguf");
        // Takes no room on file systems with sparse files.
        try (FileChannel channel = FileChannel.open(
                path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            channel.write(ByteBuffer.wrap(head));
            ByteBuffer floats = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN).putFloat(3).putFloat(1).putFloat(2).flip();
            channel.write(floats, head.length + large - Float.BYTES);
        }
        try (GgufFile file = GgufFile.open(path)) {
            Tensor tensor = file.require("large");
            assertEquals(large, tensor.bytes());
            float[] last = new float[1];
            Blocks.decode(tensor.type(), tensor.data(), large - Float.BYTES, last, 0, 1);
            assertEquals(3, last[0]);
            assertArrayEquals(new float[] {1, 2}, file.require("behind").toFloats());
        }
    }

    @Test
    void failedWritesLeaveNothing() throws IOException {
        GgufWriter writer = new GgufWriter().tensor("t", TensorType.F32, new long[] {4}, (row, target) -> {
            throw new IllegalStateException("no such row");
        });
        assertThrows(IllegalStateException.class, () -> writer.write(folder.resolve("x.gguf")));
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(), left.toList());
        }
        EngineException e = assertThrows(EngineException.class, () -> writer.write(folder.resolve("nowhere/x.gguf")));
        assertEquals(ErrorCode.WRITE_FAILED, e.code());
    }

    @Test
    void mostImpossibleSizesDoNotFitTheDisk() throws IOException {
        assumeTrue(Files.getFileStore(folder).getUsableSpace() < 1L << 52, "the disk says that it has room for anything");
        GgufWriter writer = new GgufWriter().tensor("t", TensorType.F32, new long[] {1L << 40, 1 << 10}, (row, target) -> { });
        EngineException e = assertThrows(EngineException.class, () -> writer.write(folder.resolve("x.gguf")));
        assertTrue(e.getMessage().contains("there is no room"), e.getMessage());
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void splitFilesAreOne() {
        writePart("big-00001-of-00002.gguf", 0, 2, "a");
        writePart("big-00002-of-00002.gguf", 1, 2, "b");
        try (GgufFile file = GgufFile.open(folder.resolve("big-00001-of-00002.gguf"))) {
            assertEquals(List.of("a", "b"), List.copyOf(file.tensors().keySet()));
            assertArrayEquals(new float[] {1, 1}, file.require("b").toFloats());
        }
        assertCode(ErrorCode.BAD_REQUEST, "big-00002-of-00002.gguf", "not the first part");
        writePart("big-00002-of-00002.gguf", 1, 2, "a");
        assertCode(ErrorCode.BAD_FILE, "big-00001-of-00002.gguf", "tensor a occurs in an earlier part");
        writePart("big-00002-of-00002.gguf", 0, 2, "b");
        assertCode(ErrorCode.BAD_FILE, "big-00001-of-00002.gguf", "split.no");
        writePart("lone-00001-of-00003.gguf", 0, 3, "a");
        assertCode(ErrorCode.FILE_NOT_FOUND, "lone-00001-of-00003.gguf", "part 2 of 3");
        writePart("wrong.gguf", 0, 3, "a");
        assertCode(ErrorCode.BAD_FILE, "wrong.gguf", "not named so");
    }

    @Test
    void gettersNameFileKeyAndTypes() {
        Metadata metadata = new Metadata(Path.of("dir/m.gguf"), Map.of("s", "text", "i", 5L, "big", 1L << 40, "list", List.of(1L, "x")));
        assertEquals("m.gguf: the key k is missing: expected a 32-bit integer; convert or download the model again",
                assertThrows(EngineException.class, () -> metadata.requireInt("k")).getMessage());
        assertEquals("m.gguf: the key s has the wrong type: expected a 32-bit integer, got the string \"text\"",
                assertThrows(EngineException.class, () -> metadata.intOr("s", 1)).getMessage());
        assertThrows(EngineException.class, () -> metadata.requireInt("big"));
        assertThrows(EngineException.class, () -> metadata.requireStrings("list"));
        assertThrows(EngineException.class, () -> metadata.requireInts("list"));
        assertThrows(EngineException.class, () -> metadata.stringOr("i", ""));
        assertThrows(EngineException.class, () -> metadata.doubleOr("i", 1));
        assertThrows(EngineException.class, () -> metadata.booleanOr("i", true));
        assertEquals(3, metadata.intOr("absent", 3));
    }

    @Test
    void knowsGgufByItsContent() throws IOException {
        assertTrue(GgufFile.looksLikeGguf(tinyContainer()));
        assertFalse(GgufFile.looksLikeGguf(folder));
        assertFalse(GgufFile.looksLikeGguf(folder.resolve("missing.gguf")));
        assertFalse(GgufFile.looksLikeGguf(Files.writeString(folder.resolve("text.gguf"), "Once")));
        assertFalse(GgufFile.looksLikeGguf(Files.writeString(folder.resolve("short.gguf"), "GG")));
    }

    private void writePart(String name, int number, int count, String tensor) {
        new GgufWriter().put("split.no", number).put("split.count", count).put("split.tensors.count", 2)
                .tensor(tensor, TensorType.F32, new long[] {2}, (row, target) -> Arrays.fill(target, number))
                .write(folder.resolve(name));
    }

    private void assertCode(ErrorCode code, String name, String words) {
        EngineException e = assertThrows(EngineException.class, () -> GgufFile.open(folder.resolve(name)));
        assertEquals(code, e.code(), e.getMessage());
        assertTrue(e.getMessage().contains(words), e.getMessage());
    }

    private static String huggingFaceName(String name) {
        return name.equals("token_embd.weight") ? "model.embed_tokens.weight"
                : name.equals("output_norm.weight") ? "model.norm.weight"
                : name.equals("output.weight") ? "lm_head.weight"
                : name.replaceFirst("blk", "model.layers").replace("attn_norm", "input_layernorm")
                        .replace("ffn_norm", "post_attention_layernorm").replace("attn_output", "self_attn.o_proj")
                        .replaceAll("attn_([qkv])", "self_attn.$1_proj").replaceAll("ffn_(gate|up|down)", "mlp.$1_proj");
    }
}
