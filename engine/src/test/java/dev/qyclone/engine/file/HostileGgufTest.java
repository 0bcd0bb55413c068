package dev.qyclone.engine.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostileGgufTest {
    private static final int U8 = 0;
    private static final int U32 = 4;
    private static final int BOOL = 7;
    private static final int STRING = 8;
    private static final int ARRAY = 9;
    private static final int F32 = 0;
    private static final int Q8_0 = 8;

    @TempDir
    Path folder;

    static Stream<Arguments> damagedFiles() {
        return Stream.of(
                file("absurd tensor count", GgufBytes.head(3, 1L << 60, 0), "the number of tensors is impossible",
                        "1152921504606846976"),
                file("negative tensor count", GgufBytes.head(3, -1, 0), "the number of tensors", "18446744073709551615"),
                file("absurd key count", GgufBytes.head(3, 0, Long.MAX_VALUE), "the number of metadata keys", "9223372036854775807"),
                file("no counts", new GgufBytes().u32(GgufParser.MAGIC).u32(3).u32(0), "the file ends inside", "8 bytes at 8", "got 4"),
                file("no version", new GgufBytes().u32(GgufParser.MAGIC), "the file ends inside the version"),
                file("long key", pair().u64(1L << 40).u64(0).u64(0), "bytes of the name of metadata key 0", "1099511627776"),
                file("key of 2^63", pair().u64(Long.MIN_VALUE).u64(0).u64(0), "bytes of the name of metadata key 0",
                        "9223372036854775808"),
                file("key not UTF-8", pair().u64(3).raw((byte) 'a', (byte) 0xC3, (byte) 0x28).u32(U32).u32(1),
                        "metadata key 0 is no text"),
                file("value not UTF-8", pair().string("k").u32(STRING).u64(2).raw((byte) 0xFF, (byte) 0xFE).u64(0),
                        "key k is no text", "UTF-8"),
                file("unknown value type", pair().string("k").u32(13).u64(0), "the type of key k is unknown", "0 to 12, got 13"),
                file("bad boolean", pair().string("k").u32(BOOL).u8(2).u64(0), "key k is no boolean", "got 2"),
                file("long array", pair().string("k").u32(ARRAY).u32(U8).u64(1L << 50).u64(0),
                        "the number of elements of key k is impossible"),
                file("array longer than any", bigArray(), "the arrays up to key k are too long", "4194304"),
                file("deep arrays", pair().string("k").u32(ARRAY).u32(ARRAY).u64(1).u32(ARRAY).u64(1).u32(ARRAY).u64(1).u32(ARRAY).u64(1)
                        .u32(U8).u64(1).u64(0), "nested too deeply"),
                file("array of unknown type", pair().string("k").u32(ARRAY).u32(77).u64(1).u64(0), "the type of key k is unknown", "77"),
                file("key twice", GgufBytes.head(3, 0, 2).string("k").u32(U32).u32(1).string("k").u32(U32).u32(2),
                        "the key k occurs twice"),
                file("alignment 0", alignment(0), "general.alignment is impossible", "a power of two, got 0"),
                file("alignment 48", alignment(48), "general.alignment is impossible", "got 48"),
                file("alignment of another type", pair().string("general.alignment").u32(STRING).string("32"), "general.alignment"),
                file("tensor outside", tensors(1).tensor("t", F32, 0, 9).alignedTo(32).raw(new byte[32]),
                        "tensor t reaches outside the file", "an end at or before 96", "got 100"),
                file("offset outside", tensors(1).tensor("t", F32, 1L << 62, 8).alignedTo(32).raw(new byte[32]),
                        "tensor t reaches outside the file", "got 4611686018427388000"),
                file("offset of 2^63", tensors(1).tensor("t", F32, Long.MIN_VALUE, 8).alignedTo(32).raw(new byte[32]),
                        "tensor t has an impossible offset", "got 9223372036854775808"),
                file("no data at all", tensors(1).tensor("t", F32, 0, 8), "tensor t reaches outside the file"),
                file("misaligned offset", tensors(1).tensor("t", F32, 4, 1).alignedTo(32).raw(new byte[64]),
                        "tensor t has an impossible offset", "a multiple of 32, got 4"),
                file("overlap", tensors(2).tensor("a", F32, 0, 9).tensor("b", F32, 32, 8).alignedTo(32).raw(new byte[128]),
                        "tensor b overlaps tensor a"),
                file("one tensor inside another", tensors(3).tensor("a", F32, 64, 8).tensor("b", F32, 0, 32).tensor("c", F32, 128, 1)
                        .alignedTo(32).raw(new byte[256]), "tensor a overlaps tensor b"),
                file("tensor twice", tensors(2).tensor("t", F32, 0, 8).tensor("t", F32, 32, 8).alignedTo(32).raw(new byte[64]),
                        "tensor t occurs twice"),
                file("part of a block", tensors(1).tensor("t", Q8_0, 0, 33).alignedTo(32).raw(new byte[96]), "tensor t in model.gguf",
                        "a multiple of 32", "33"),
                file("size 0", tensors(1).tensor("t", F32, 0, 8, 0).alignedTo(32).raw(new byte[96]), "tensor t in model.gguf", "[0, 8]"),
                file("negative size", tensors(1).tensor("t", F32, 0, -1).alignedTo(32).raw(new byte[96]), "tensor t in model.gguf"),
                file("sizes that overflow", tensors(1).tensor("t", F32, 0, 1L << 32, 1L << 31).alignedTo(32).raw(new byte[96]),
                        "tensor t in model.gguf is too large"),
                file("sizes that wrap to few bytes", tensors(1).tensor("t", F32, 0, 1L << 32, 1L << 32).alignedTo(32).raw(new byte[96]),
                        "tensor t in model.gguf is too large"),
                file("no sizes", tensors(1).tensor("t", F32, 0).u64(0), "tensor t has an impossible number of sizes", "got 0"),
                file("five sizes", tensors(1).tensor("t", F32, 0, 1, 1, 1, 1, 1), "tensor t has an impossible number of sizes", "got 5"),
                file("absurd number of sizes", tensors(1).string("t").u32(-1).u64(0).u64(0), "number of sizes", "got 4294967295"),
                file("empty tensor name", tensors(1).tensor("", F32, 0, 8).u64(0).alignedTo(32).raw(new byte[32]),
                        "tensor 0 has an impossible name"),
                file("long tensor name", tensors(1).tensor("x".repeat(65), F32, 0, 8).alignedTo(32).raw(new byte[32]),
                        "tensor 0 has an impossible name"));
    }

    private static Arguments file(String name, GgufBytes bytes, String... words) {
        return Arguments.of(name, bytes, words);
    }

    private static GgufBytes pair() {
        return GgufBytes.head(3, 0, 1);
    }

    private static GgufBytes tensors(int count) {
        return GgufBytes.head(3, count, 0);
    }

    private static GgufBytes alignment(int value) {
        return pair().string("general.alignment").u32(U32).u32(value).u64(0);
    }

    private static GgufBytes bigArray() {
        int elements = (1 << 22) + 1;
        return pair().string("k").u32(ARRAY).u32(U8).u64(elements).raw(new byte[elements]);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("damagedFiles")
    void damagedFilesAreRefused(String name, GgufBytes bytes, String[] words) {
        EngineException e = refused(bytes.write(folder.resolve("model.gguf")));
        assertEquals(ErrorCode.BAD_FILE, e.code(), e.getMessage());
        assertTrue(e.getMessage().contains("model.gguf"), e.getMessage());
        for (String word : words) {
            assertTrue(e.getMessage().contains(word), "\"" + word + "\" in: " + e.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, 1000, -1})
    void otherVersionsAreNotRead(int version) {
        EngineException e = refused(GgufBytes.head(version, 0, 0).write(folder.resolve("m.gguf")));
        assertEquals(ErrorCode.UNSUPPORTED, e.code());
        assertTrue(e.getMessage().contains("version of GGUF") && e.getMessage().contains("expected 2 or 3"), e.getMessage());
    }

    @Test
    void versionTwoIsRead() {
        Path path = GgufBytes.head(2, 1, 1).string("k").u32(U32).u32(5).tensor("t", F32, 0, 2).alignedTo(32).u32(0x3F800000).u32(0)
                .write(folder.resolve("m.gguf"));
        try (GgufFile file = GgufFile.open(path)) {
            assertEquals(5, file.metadata().requireInt("k"));
            assertEquals(1f, file.require("t").toFloats()[0]);
        }
    }

    @Test
    void otherAlignmentsAreFollowed() {
        Path path = GgufBytes.head(3, 1, 1).string("general.alignment").u32(U32).u32(8).tensor("t", F32, 8, 1)
                .alignedTo(8).u64(0).u32(0x40000000).write(folder.resolve("m.gguf"));
        try (GgufFile file = GgufFile.open(path)) {
            assertEquals(2f, file.require("t").toFloats()[0]);
        }
    }

    @Test
    void bigEndianFilesAreNotRead() {
        EngineException e = refused(new GgufBytes().u32(GgufParser.MAGIC).u32(Integer.reverseBytes(3)).u64(0).u64(0)
                .write(folder.resolve("m.gguf")));
        assertEquals(ErrorCode.UNSUPPORTED, e.code());
        assertTrue(e.getMessage().contains("big-endian"), e.getMessage());
    }

    @Test
    void unreadTypesAreNamed() {
        EngineException e = refused(tensors(1).tensor("blk.0.ffn_up.weight", 23, 0, 256).alignedTo(32).raw(new byte[256])
                .write(folder.resolve("m.gguf")));
        assertEquals(ErrorCode.UNSUPPORTED, e.code());
        assertTrue(e.getMessage().contains("tensor blk.0.ffn_up.weight") && e.getMessage().contains("IQ4_XS (type 23)"), e.getMessage());
    }

    @Test
    void whatIsNoModelIsSaidSo() throws IOException {
        assertMessage(ErrorCode.FILE_NOT_FOUND, folder.resolve("missing.gguf"), "there is no file", "missing.gguf");
        assertMessage(ErrorCode.BAD_FILE, folder, "expected a GGUF file, got a folder");
        assertMessage(ErrorCode.BAD_FILE, Files.createFile(folder.resolve("empty.gguf")), "empty.gguf", "got an empty file");
        assertMessage(ErrorCode.BAD_FILE, Files.writeString(folder.resolve("a.txt"), "Once upon a time"), "\"Once upon a \"");
        assertMessage(ErrorCode.BAD_FILE, Files.writeString(folder.resolve("b.txt"), "GG"), "b.txt", "\"GG\"");
        assertMessage(ErrorCode.BAD_FILE, Files.writeString(folder.resolve("c.txt"), "version https://git-lfs.github.com"), "git lfs pull");
        assertMessage(ErrorCode.BAD_FILE, Path.of("/dev/zero"), "no regular file");
    }

    @Test
    void messagesStayOneCleanLine() {
        EngineException e = refused(tensors(1).tensor("a\n\u001b[31mb", F32, 4, 1).alignedTo(32).raw(new byte[64])
                .write(folder.resolve("m.gguf")));
        assertFalse(e.getMessage().chars().anyMatch(Character::isISOControl), e.getMessage());
    }

    @Test
    void everyTruncationIsNoticed() throws IOException {
        byte[] whole = Files.readAllBytes(GgufFileTest.tinyContainer());
        // The last tensor ends 8 bytes before the end of its padding.
        for (int length = 0; length < 832 + 136; length++) {
            Path path = Files.write(folder.resolve("cut.gguf"), Arrays.copyOf(whole, length));
            assertEquals(ErrorCode.BAD_FILE, refused(path).code());
        }
        try (GgufFile file = GgufFile.open(Files.write(folder.resolve("cut.gguf"), Arrays.copyOf(whole, 832 + 136)))) {
            assertEquals(3, file.tensors().size());
        }
    }

    @Test
    void closedFilesAreNotRead() {
        GgufFile file = GgufFile.open(GgufFileTest.tinyContainer());
        file.close();
        file.close();
        assertThrows(IllegalStateException.class, () -> file.require("t.f32_3x8").toFloats());
    }

    private static EngineException refused(Path path) {
        return assertThrows(EngineException.class, () -> GgufFile.open(path).close());
    }

    private static void assertMessage(ErrorCode code, Path path, String... words) {
        EngineException e = refused(path);
        assertEquals(code, e.code(), e.getMessage());
        for (String word : words) {
            assertTrue(e.getMessage().contains(word), "\"" + word + "\" in: " + e.getMessage());
        }
    }
}
