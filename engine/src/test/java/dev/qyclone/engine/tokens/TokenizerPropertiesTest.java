package dev.qyclone.engine.tokens;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What holds for every text and for every list of ids. */
class TokenizerPropertiesTest {
    private static final Tokenizer TOKENIZER = SmallTokenizer.load();

    @Property(tries = 500)
    void decodingGivesTheNormalizedTextBack(@ForAll("texts") String text) {
        assertEquals(Normalizer.normalize(text, Normalizer.Form.NFC), TOKENIZER.decode(TOKENIZER.encodeOrdinary(text)));
    }

    @Property(tries = 500)
    void ordinaryEncodingNeverGivesASpecial(@ForAll("texts") String text) {
        for (int id : TOKENIZER.encodeOrdinary(text)) {
            assertTrue(id < TOKENIZER.idOf("<|endoftext|>").orElseThrow(), "id " + id);
        }
    }

    @Property(tries = 500)
    void anyBytesGoThroughIdsAndBack(@ForAll byte[] bytes) {
        int[] idOfByte = idsOfBytes();
        ByteArrayOutputStream back = new ByteArrayOutputStream();
        for (byte value : bytes) {
            back.writeBytes(TOKENIZER.bytes(idOfByte[value & 0xFF]));
        }
        assertArrayEquals(bytes, back.toByteArray());
        // The merges see bytes, whatever they are: through Latin-1 every byte becomes a character and comes back.
        String latin = new String(bytes, StandardCharsets.ISO_8859_1);
        assertArrayEquals(bytes, TOKENIZER.decode(TOKENIZER.encodeOrdinary(latin)).getBytes(StandardCharsets.ISO_8859_1));
    }

    @Property(tries = 1000)
    void streamedTextIsTheDecodedTextWithoutControls(@ForAll("ids") List<Integer> ids) {
        TextStream stream = new TextStream(TOKENIZER);
        StringBuilder streamed = new StringBuilder();
        ids.forEach(id -> streamed.append(stream.add(id)));
        streamed.append(stream.finish());
        int[] shown = ids.stream().mapToInt(Integer::intValue).filter(id -> !TOKENIZER.isControl(id)).toArray();
        assertEquals(TOKENIZER.decode(shown), streamed.toString());
    }

    @Example
    void manyThreadsShareOneTokenizer() throws Exception {
        List<SmallTokenizer.Expected> lines = SmallTokenizer.expected();
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<?>> results = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                results.add(threads.submit(() -> lines.forEach(
                        line -> assertArrayEquals(line.special(), TOKENIZER.encodeWithSpecials(line.text())))));
            }
            for (Future<?> result : results) {
                result.get();
            }
        }
    }

    @Example
    void loneSurrogatesBecomeTheReplacementCharacter() {
        assertEquals("a\uFFFDb\uFFFD", TOKENIZER.decode(TOKENIZER.encodeOrdinary("a\uD800b\uDC00")));
    }

    @Provide
    Arbitrary<String> texts() {
        Arbitrary<String> specials = Arbitraries.of(TOKENIZER.specials());
        Arbitrary<String> words = Arbitraries.of("the ", "cat", "'ll", "\r\n", "   ",
                "e\u0301", "\u1112\u1161\u11AB", "从前", "🦊", "½", "<|im_");
        Arbitrary<String> any = Arbitraries.integers().between(0, 0x10FFFF)
                .filter(point -> point < 0xD800 || point > 0xDFFF).map(Character::toString);
        return Arbitraries.oneOf(specials, words, any).list().ofMaxSize(30).map(parts -> String.join("", parts));
    }

    @Provide
    Arbitrary<List<Integer>> ids() {
        // Single bytes are frequent, so that characters are split, cut off and malformed in many ways.
        int[] bytes = idsOfBytes();
        Arbitrary<Integer> byteIds = Arbitraries.of(
                0x41, 0x80, 0xBF, 0xC3, 0xA4, 0xE0, 0xA0, 0xE2, 0x82, 0xAC, 0xED, 0xF0, 0x9F, 0xF4, 0x8F, 0xFF).map(value -> bytes[value]);
        return Arbitraries.oneOf(byteIds, byteIds, Arbitraries.integers().between(-1, TOKENIZER.size() + 2)).list().ofMaxSize(24);
    }

    private static int[] idsOfBytes() {
        int[] ids = new int[256];
        Arrays.fill(ids, -1);
        for (int id = 0; id < TOKENIZER.size(); id++) {
            byte[] bytes = TOKENIZER.bytes(id);
            if (bytes.length == 1) {
                ids[bytes[0] & 0xFF] = id;
            }
        }
        return ids;
    }
}
