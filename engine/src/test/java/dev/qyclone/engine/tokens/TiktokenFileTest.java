package dev.qyclone.engine.tokens;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bare vocabulary of the 256 bytes and a few words, and damaged ones. */
class TiktokenFileTest {
    private static final List<String> WORDS = List.of("he", "th", "the", "ll", "hell", "hello");

    @TempDir
    private Path folder;

    @Test
    void joinsByRankAndNumbersTheControlTokensBehind() throws IOException {
        Tokenizer tokenizer = TokenizerLoader.loadTiktoken(write(lines(), "\n"));
        // th is of lower rank than the; he joins first of all, so that nothing joins "t" and "he" but the whole.
        assertArrayEquals(new int[] {258}, tokenizer.encodeOrdinary("the"));
        assertArrayEquals(new int[] {261, 258}, tokenizer.encodeOrdinary("hellothe"));
        assertArrayEquals(new int[] {263, 256, 264}, tokenizer.encodeWithSpecials("<|im_start|>he<|im_end|>"));
        assertEquals(Set.of("<|endoftext|>", "<|im_start|>", "<|im_end|>"), tokenizer.specials());
        assertEquals(265, tokenizer.size());
        assertEquals(Set.of(262, 264), tokenizer.endTokens());
    }

    @Test
    void toleratesWindowsLineEndsAndAnyOrderOfLines() throws IOException {
        List<String> lines = lines();
        Collections.shuffle(lines, new Random(1));
        Tokenizer tokenizer = TokenizerLoader.loadTiktoken(write(lines, "\r\n"));
        assertArrayEquals(new int[] {261}, tokenizer.encodeOrdinary("hello"));
    }

    @Test
    void aFirstGenerationModelsFolderHasExtrasAndItsEndToken() throws IOException {
        write(lines(), "\n");
        Tokenizer tokenizer = FolderVocabulary.read(folder, SmallTokenizer.JSON.readTree(
                "{\"model_type\": \"qwen\", \"vocab_size\": 151936, \"eos_token_id\": 262}"));
        assertEquals(265 + 205, tokenizer.size());
        assertEquals(265, tokenizer.idOf("<|extra_0|>").orElseThrow());
        assertEquals(469, tokenizer.idOf("<|extra_204|>").orElseThrow());
        assertTrue(tokenizer.isControl(469));
        assertEquals(Set.of(262, 264), tokenizer.endTokens());
    }

    @Test
    void everyDamageIsNamedWithItsLine() {
        requireError(ErrorCode.BAD_FILE, "line 3", lines -> lines.set(2, "no base64 at all!"));
        requireError(ErrorCode.BAD_FILE, "line 3", lines -> lines.set(2, "IQ=="));
        requireError(ErrorCode.BAD_FILE, "line 3", lines -> lines.set(2, "IQ== "));
        requireError(ErrorCode.BAD_FILE, "line 3", lines -> lines.set(2, " 2"));
        requireError(ErrorCode.BAD_FILE, "line 3", lines -> lines.set(2, "IQ== two"));
        requireError(ErrorCode.BAD_FILE, "line 3", lines -> lines.set(2, "IQ== -2"));
        requireError(ErrorCode.BAD_FILE, "line 3", lines -> lines.set(2, "IQ== 99999999999999999999"));
        requireError(ErrorCode.BAD_FILE, "line 3", lines -> lines.set(2, "====== 2"));
        requireError(ErrorCode.BAD_MODEL, "line 4", lines -> lines.set(3, lines.get(2)));
        requireError(ErrorCode.BAD_MODEL, "rank 257", lines -> lines.remove(257));
        requireError(ErrorCode.BAD_MODEL, "rank 262", lines -> lines.add(line("x y", 1000)));
        requireError(ErrorCode.BAD_MODEL, "ids 256 and 262", lines -> lines.add(line("he", 262)));
        requireError(ErrorCode.BAD_MODEL, "256", List::clear);
        requireError(ErrorCode.BAD_MODEL, "byte 255", lines -> lines.set(255, line("another", 255)));
    }

    @Test
    void aMissingFileAndAFolderAreNamed() {
        for (Path path : List.of(folder.resolve("absent.tiktoken"), folder)) {
            EngineException error = assertThrows(EngineException.class, () -> TokenizerLoader.loadTiktoken(path));
            assertEquals(ErrorCode.FILE_NOT_FOUND, error.code());
            assertTrue(error.getMessage().contains(path.toString()), error.getMessage());
        }
    }

    private void requireError(ErrorCode code, String named, Consumer<List<String>> damage) {
        List<String> lines = lines();
        damage.accept(lines);
        EngineException error = assertThrows(EngineException.class, () -> TokenizerLoader.loadTiktoken(write(lines, "\n")), named);
        assertEquals(code, error.code(), error.getMessage());
        assertTrue(error.getMessage().contains("qwen.tiktoken") && error.getMessage().contains(named), error.getMessage());
    }

    private Path write(List<String> lines, String end) throws IOException {
        return Files.writeString(folder.resolve("qwen.tiktoken"), String.join(end, lines) + end);
    }

    private static List<String> lines() {
        List<String> lines = new ArrayList<>();
        for (int value = 0; value < 256; value++) {
            lines.add(Base64.getEncoder().encodeToString(new byte[] {(byte) value}) + " " + value);
        }
        for (String word : WORDS) {
            lines.add(line(word, lines.size()));
        }
        return lines;
    }

    private static String line(String word, int rank) {
        return Base64.getEncoder().encodeToString(word.getBytes(StandardCharsets.UTF_8)) + " " + rank;
    }
}
