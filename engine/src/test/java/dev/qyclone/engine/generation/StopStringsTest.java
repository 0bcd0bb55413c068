package dev.qyclone.engine.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class StopStringsTest {
    @Test
    void findsOneInsideAPiece() {
        assertEquals("one ", all(List.of("two"), "one two three"));
    }

    @Test
    void findsOneAcrossPieces() {
        StopStrings stops = new StopStrings(List.of("User:"));
        assertEquals("Hi.\n", stops.add("Hi.\nUs"));
        assertEquals("", stops.add("er"));
        assertEquals("", stops.add(": more"));
        assertTrue(stops.found());
        assertEquals("", stops.add("never"));
        assertEquals("", stops.finish());
    }

    @Test
    void letsGoWhatTurnsOutToBeNoStopString() {
        StopStrings stops = new StopStrings(List.of("User:"));
        assertEquals("", stops.add("Use"));
        assertEquals("Used ", stops.add("d U"));
        assertEquals("U", stops.finish());
    }

    @Test
    void restartsInsideAFailedBeginning() {
        assertEquals("ab", all(List.of("abc"), "a", "b", "a", "b", "c"));
        assertEquals("aa", all(List.of("aab"), "a", "aa", "ab"));
        assertEquals("ab", all(List.of("abc"), "ababc"));
    }

    @Test
    void theVeryEndCounts() {
        assertEquals("x", all(List.of("end"), "xend"));
        assertEquals("xen", all(List.of("end"), "xen"));
    }

    @Test
    void theFirstToBeCompleteWinsAndOfThoseTheLongest() {
        assertEquals("a", all(List.of("abcd", "bc"), "abcd"));
        assertEquals("", all(List.of("bc", "abc"), "abc"));
    }

    @Test
    void withoutStopStringsAllPassesAtOnce() {
        assertEquals("abc", new StopStrings(List.of()).add("abc"));
    }

    /** Letters a and b only, so that beginnings of stop strings are everywhere. */
    @Property(tries = 2000)
    void theCutsBetweenPiecesDoNotMatter(@ForAll("pieces") List<String> pieces, @ForAll("stops") List<String> stops) {
        StringBuilder shown = new StringBuilder();
        StopStrings streamed = new StopStrings(stops);
        for (String piece : pieces) {
            shown.append(streamed.add(piece));
        }
        shown.append(streamed.finish());
        assertEquals(expected(String.join("", pieces), stops), shown.toString());
    }

    @Provide
    Arbitrary<List<String>> pieces() {
        return Arbitraries.strings().withChars('a', 'b').ofMaxLength(4).list().ofMaxSize(8);
    }

    @Provide
    Arbitrary<List<String>> stops() {
        return Arbitraries.strings().withChars('a', 'b').ofMinLength(1).ofMaxLength(5).list().ofMaxSize(3);
    }

    private static String expected(String text, List<String> stops) {
        for (int end = 1; end <= text.length(); end++) {
            String head = text.substring(0, end);
            int longest = stops.stream().filter(head::endsWith).mapToInt(String::length).max().orElse(0);
            if (longest > 0) {
                return text.substring(0, end - longest);
            }
        }
        return text;
    }

    private static String all(List<String> stops, String... pieces) {
        StopStrings streamed = new StopStrings(stops);
        StringBuilder shown = new StringBuilder();
        for (String piece : pieces) {
            shown.append(streamed.add(piece));
        }
        return shown.append(streamed.finish()).toString();
    }
}
