package dev.qyclone.engine.tokens;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.text.Normalizer;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** Sorting marks beforehand changes nothing but the time. */
class NfcTest {
    /** Marks of many combining classes, some of none, one that decomposes into two marks, and letters between. */
    private static final List<String> PARTS = List.of(
            "a", "\u00E1", "\u1E69", "\uAC00", "\u1100", "\u1161", " ", "\u0301", "\u0316", "\u0323",
            "\u0327", "\u0334",
            "\u0338", "\u0344", "\u0345", "\u034F", "\u0360", "\u05B0", "\u05B9", "\u05BF", "\u064B", "\u0655", "\u093C",
            "\u0941", "\u094D", "\u0BBE", "\u0E38", "\u0F71", "\u0F73", "\u0F74", "\u1DC0", "\u20DD", "\u302A", "\u3099",
            "\uD834\uDD65", "\uD834\uDD6E", "\uD834\uDD85", "\uD834");

    @Property(tries = 500)
    void equalsJavasNormalizer(@ForAll("marks") String text) {
        String sorted = Nfc.sortMarks(text, 2);
        assertEquals(Normalizer.normalize(text, Normalizer.Form.NFD), Normalizer.normalize(sorted, Normalizer.Form.NFD));
        assertEquals(Normalizer.normalize(text, Normalizer.Form.NFC), Normalizer.normalize(sorted, Normalizer.Form.NFC));
    }

    @Test
    void everyMarkTakesItsPlace() {
        StringBuilder all = new StringBuilder("a");
        for (int point = 0; point <= Character.MAX_CODE_POINT; point++) {
            if (Character.getType(point) == Character.NON_SPACING_MARK || Character.getType(point) == Character.COMBINING_SPACING_MARK) {
                all.appendCodePoint(point);
            }
        }
        String text = all.append(new StringBuilder(all).reverse()).toString();
        assertEquals(Normalizer.normalize(text, Normalizer.Form.NFC), Nfc.normalize(text));
    }

    @Test
    void aLongRunOfMarksComesOutSorted() {
        String text = "a" + "\u0301\u0316".repeat(Nfc.LONG_RUN);
        assertNotEquals(text, Nfc.sortMarks(text, Nfc.LONG_RUN));
        assertEquals("\u00E1" + "\u0316".repeat(Nfc.LONG_RUN) + "\u0301".repeat(Nfc.LONG_RUN - 1), Nfc.normalize(text));
    }

    @Provide
    Arbitrary<String> marks() {
        return Arbitraries.of(PARTS).list().ofMaxSize(40).map(parts -> String.join("", parts));
    }
}
