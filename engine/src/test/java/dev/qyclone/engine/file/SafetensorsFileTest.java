package dev.qyclone.engine.file;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.tensor.TensorType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsFileTest {
    private static final String SHARD_1 = "model-00001-of-00002.safetensors";
    private static final String SHARD_2 = "model-00002-of-00002.safetensors";

    @TempDir
    Path folder;

    /** Length, head, and 16 bytes of data: the floats 1 to 4. */
    static byte[] bytes(String head) {
        byte[] utf8 = head.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + utf8.length + 16).order(ByteOrder.LITTLE_ENDIAN).putLong(utf8.length).put(utf8)
                .putFloat(1).putFloat(2).putFloat(3).putFloat(4).array();
    }

    @Test
    void readsTensorsAtAnyAlignment() throws IOException {
        model("{'__metadata__':{'format':'pt'},'b':{'dtype':'BF16','shape':[2],'data_offsets':[12,16]},"
                + "'a':{'dtype':'F32','shape':[3,1],'data_offsets':[0,12]}}   ");
        try (SafetensorsFile file = SafetensorsFile.openFolder(folder)) {
            assertEquals(List.of("b", "a"), List.copyOf(file.tensors().keySet()));
            assertEquals(List.of(3L, 1L), file.require("a").shape());
            assertArrayEquals(new float[] {1, 2, 3}, file.require("a").toFloats());
            assertEquals(TensorType.BF16, file.require("b").type());
            // The upper half of 4.0f, after its lower half, which is zero.
            assertArrayEquals(new float[] {0, 4}, file.require("b").toFloats());
        }
    }

    @Test
    void otherTypesMatterOnlyWhereTheyAreNeeded() throws IOException {
        model("{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'mask':{'dtype':'BOOL','shape':[8],'data_offsets':[8,16]},"
                + "'scalar':{'dtype':'F32','shape':[],'data_offsets':[8,8]},'none':{'dtype':'F32','shape':[0,4],'data_offsets':[8,8]}}");
        try (SafetensorsFile file = SafetensorsFile.openFolder(folder)) {
            assertEquals(List.of("a"), List.copyOf(file.tensors().keySet()));
            EngineException e = assertThrows(EngineException.class, () -> file.require("mask"));
            assertEquals(ErrorCode.UNSUPPORTED, e.code());
            assertTrue(e.getMessage().contains("tensor mask") && e.getMessage().contains("BOOL[8]"), e.getMessage());
            assertEquals(ErrorCode.UNSUPPORTED, assertThrows(EngineException.class, () -> file.require("scalar")).code());
            assertEquals(ErrorCode.UNSUPPORTED, assertThrows(EngineException.class, () -> file.require("none")).code());
            assertEquals(ErrorCode.BAD_MODEL, assertThrows(EngineException.class, () -> file.require("absent")).code());
        }
    }

    @ParameterizedTest(name = "{1}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "[]|starts with {",
        "{'a'|not sound JSON",
        "{} x|not sound JSON",
        "{} {}|something follows",
        "{'a':5}|tensor a is malformed",
        "{'a':{'dtype':'F32','shape':[2]}}|tensor a is not described completely",
        "{'a':{'dtype':7,'shape':[2],'data_offsets':[0,8]}}|the dtype of tensor a is malformed",
        "{'a':{'dtype':'F32','shape':2,'data_offsets':[0,8]}}|the shape of tensor a is malformed",
        "{'a':{'dtype':'F32','shape':[-2],'data_offsets':[0,8]}}|the shape of tensor a is impossible",
        "{'a':{'dtype':'F32','shape':[2.5],'data_offsets':[0,8]}}|the shape of tensor a is malformed",
        "{'a':{'dtype':'F32','shape':[1,1,1,1,1,1,1,1,2],'data_offsets':[0,8]}}|the shape of tensor a is impossible",
        "{'a':{'dtype':'F32','shape':[99999999999999999999],'data_offsets':[0,8]}}|not sound JSON",
        "{'a':{'dtype':'F32','shape':[4294967296,4294967296],'data_offsets':[0,0]}}|tensor a in model.safetensors is too large",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0]}}|tensor a is not described completely",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8,9]}}|tensor a is not described completely",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[8,0]}}|tensor a reaches outside the file",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[16,24]}}|expected data_offsets from 0 to 16, got [16, 24]",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,9223372036854775807]}}|tensor a reaches outside the file",
        "{'a':{'dtype':'F32','shape':[3],'data_offsets':[0,8]}}|expected 12 bytes for F32[3], got 8",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'b':{'dtype':'F32','shape':[2],'data_offsets':[4,12]}}|b overlaps tensor a",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'a':{'dtype':'F32','shape':[2],'data_offsets':[8,16]}}|Duplicate",
        "{'a':{'dtype':'F32','dtype':'F16','shape':[2],'data_offsets':[0,8]}}|Duplicate"
    })
    void damagedHeadsAreRefused(String head, String words) throws IOException {
        model(head);
        assertRefused(ErrorCode.BAD_FILE, "model.safetensors", words);
    }

    @Test
    void damagedBytesAreRefused() throws IOException {
        write("model.safetensors", new byte[0]);
        assertRefused(ErrorCode.BAD_FILE, "an empty file");
        write("model.safetensors", new byte[7]);
        assertRefused(ErrorCode.BAD_FILE, "too short");
        for (long length : new long[] {0, 1, -1, 10, Long.MAX_VALUE, Long.MIN_VALUE}) {
            write("model.safetensors", ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN).putLong(length).put((byte) '{').array());
            assertRefused(ErrorCode.BAD_FILE, "the length of the head is impossible", Long.toUnsignedString(length));
        }
        byte[] notUtf8 = bytes("{'a??':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}");
        notUtf8[8 + 3] = (byte) 0xC3;
        notUtf8[8 + 4] = 0x28;
        write("model.safetensors", notUtf8);
        assertRefused(ErrorCode.BAD_FILE, "not sound JSON");
        model("{'a':" + "[".repeat(50_000) + "]".repeat(50_000) + "}");
        assertRefused(ErrorCode.BAD_FILE, "tensor a is malformed");
        model("{'__metadata__':" + "[".repeat(50_000) + "]".repeat(50_000) + "}");
        assertRefused(ErrorCode.BAD_FILE, "not sound JSON");
    }

    @Test
    void foldersWithoutWeightsAreRefused() throws IOException {
        assertRefused(ErrorCode.FILE_NOT_FOUND, "expected model.safetensors or model.safetensors.index.json");
        Files.createDirectory(folder.resolve("model.safetensors"));
        assertRefused(ErrorCode.BAD_FILE, "got a folder");
    }

    @Test
    void shardsAreOneModel() throws IOException {
        shards("a", "b");
        index("{'metadata':{'total_size':16},'weight_map':{'b':'" + SHARD_2 + "','a':'" + SHARD_1 + "'}}");
        try (SafetensorsFile file = SafetensorsFile.openFolder(folder)) {
            assertEquals(List.of("b", "a"), List.copyOf(file.tensors().keySet()));
            assertArrayEquals(new float[] {1, 2}, file.require("a").toFloats());
        }
    }

    @ParameterizedTest
    @CsvSource({"../x.safetensors", "/etc/x.safetensors", "a/b.safetensors", "..safetensors", "a\\b.safetensors", "x.bin", "''",
        ".hidden.safetensors", "a..b.safetensors"})
    void shardsOutsideTheFolderAreRefused(String name) throws IOException {
        index("{'weight_map':{'a':'" + name.replace("\\", "\\\\") + "'}}");
        assertRefused(ErrorCode.BAD_FILE, "model.safetensors.index.json: the shard of tensor a has no plain file name", name);
    }

    @Test
    void shardsThatMissOrRepeatTensorsAreRefused() throws IOException {
        index("{'weight_map':{'a':'" + SHARD_1 + "','b':'" + SHARD_2 + "'}}");
        assertRefused(ErrorCode.FILE_NOT_FOUND, SHARD_1);
        shards("a", "c");
        assertRefused(ErrorCode.BAD_FILE, "tensor b is not where the index says", "expected it in " + SHARD_2, "no such tensor");
        shards("a", "a");
        assertRefused(ErrorCode.BAD_FILE, SHARD_2 + ": tensor a is in " + SHARD_1 + " too");
        shards("a", "b");
        index("{'weight_map':{'b':'" + SHARD_1 + "','a':'" + SHARD_2 + "'}}");
        assertRefused(ErrorCode.BAD_FILE, "tensor b is not where the index says");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "[]|the index is malformed", "{'weight_map':7}|the weight_map is malformed", "{}|the index names no tensors",
        "{'weight_map':{}}|the index names no tensors", "{'weight_map':{'a':5}}|no plain file name",
        "{'weight_map':{'a':{'x':1}}}|no plain file name", "{'weight_map'|not sound JSON",
        "{'weight_map':{'a':'x.safetensors','a':'y.safetensors'}}|not sound JSON"
    })
    void damagedIndexesAreRefused(String json, String words) throws IOException {
        index(json);
        assertRefused(ErrorCode.BAD_FILE, "model.safetensors.index.json", words);
    }

    private void model(String head) throws IOException {
        write("model.safetensors", bytes(head));
    }

    private void shards(String first, String second) throws IOException {
        write(SHARD_1, bytes("{'" + first + "':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}"));
        write(SHARD_2, bytes("{'" + second + "':{'dtype':'F32','shape':[2],'data_offsets':[8,16]}}"));
    }

    private void index(String json) throws IOException {
        write("model.safetensors.index.json", json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    private void write(String name, byte[] bytes) throws IOException {
        Files.write(folder.resolve(name), bytes);
    }

    private void assertRefused(ErrorCode code, String... words) {
        EngineException e = assertThrows(EngineException.class, () -> SafetensorsFile.openFolder(folder).close());
        assertEquals(code, e.code(), e.getMessage());
        for (String word : words) {
            assertTrue(e.getMessage().contains(word), "\"" + word + "\" in: " + e.getMessage());
        }
        assertFalse(e.getMessage().chars().anyMatch(Character::isISOControl), e.getMessage());
    }
}
