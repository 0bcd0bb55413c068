package dev.qyclone.engine.tokens;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Texts that cost a quadratic tokenizer hours and a recursive one its stack. */
class LongTextTest {
    /** Each takes well under a second; quadratic work on them takes hours, so a slow machine does not matter. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final int MEGA = 1_000_000;

    private static final Tokenizer TOKENIZER = SmallTokenizer.load();

    /** What the text is made of. */
    enum Shape {
        SPACES, NEWLINES, SPACE_THEN_NEWLINE, ONE_WORD, ONE_LETTER, SIGNS, LETTERS_OUTSIDE_THE_BASIC_PLANE, RANDOM_BYTES, HALF_SPECIALS,
        COMBINING_MARKS;

        String text() {
            Random random = new Random(3);
            return switch (this) {
                case SPACES -> " ".repeat(MEGA / 10);
                case NEWLINES -> "\n".repeat(MEGA / 10);
                case SPACE_THEN_NEWLINE -> " \n".repeat(MEGA / 10) + " ".repeat(MEGA / 10) + "x";
                case ONE_WORD -> random.ints(MEGA, 'a', 'z' + 1)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
                case ONE_LETTER -> "e".repeat(MEGA);
                case SIGNS -> "!".repeat(MEGA);
                case LETTERS_OUTSIDE_THE_BASIC_PLANE -> "𠀀".repeat(MEGA / 4);
                case RANDOM_BYTES -> {
                    byte[] bytes = new byte[MEGA];
                    random.nextBytes(bytes);
                    yield new String(bytes, StandardCharsets.ISO_8859_1);
                }
                case HALF_SPECIALS -> "<|im_end|".repeat(MEGA / 10);
                case COMBINING_MARKS -> "a" + "\u0301\u0316".repeat(MEGA / 10);
            };
        }
    }

    @ParameterizedTest
    @EnumSource
    void isEncodedWholeAndInTime(Shape shape) {
        String text = shape.text();
        int[] ids = assertTimeoutPreemptively(PATIENCE, () -> TOKENIZER.encodeWithSpecials(text));
        String expected = shape == Shape.COMBINING_MARKS ? Nfc.normalize(text) : Normalizer.normalize(text, Normalizer.Form.NFC);
        assertEquals(expected, TOKENIZER.decode(ids));
    }
}
