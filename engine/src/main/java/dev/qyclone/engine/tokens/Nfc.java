package dev.qyclone.engine.tokens;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Canonical composition (NFC) in about linear time. Java's {@link Normalizer} puts combining marks in order by insertion, so that
 * 100,000 marks on one letter take it most of a minute; runs longer than any real text has are put in order here beforehand.
 */
final class Nfc {
    /** Unicode's stream-safe format allows 30 marks in a row. */
    static final int LONG_RUN = 256;
    private static final String LOWEST_CLASS = "\u0334";
    private static final String HIGHEST_CLASS = "\u0345";

    private Nfc() {
    }

    static String normalize(String text) {
        return Normalizer.normalize(sortMarks(text, LONG_RUN), Normalizer.Form.NFC);
    }

    /** An equivalent text, in which runs of at least {@code longRun} marks are in canonical order. */
    static String sortMarks(String text, int longRun) {
        StringBuilder sorted = null;
        int copied = 0;
        for (int i = 0; i < text.length(); ) {
            if (text.charAt(i) < 0x300) {
                i++;
                continue;
            }
            int start = i;
            while (i < text.length() && isMark(text.codePointAt(i))) {
                i += Character.charCount(text.codePointAt(i));
            }
            if (i - start >= longRun) {
                sorted = sorted == null ? new StringBuilder(text.length()) : sorted;
                sorted.append(text, copied, start);
                appendSorted(text.substring(start, i), sorted);
                copied = i;
            }
            i = i == start ? i + 1 : i;
        }
        return sorted == null ? text : sorted.append(text, copied, text.length()).toString();
    }

    /** Every character with a combining class is a mark; not every mark has a class. */
    private static boolean isMark(int point) {
        int type = Character.getType(point);
        return type == Character.NON_SPACING_MARK || type == Character.COMBINING_SPACING_MARK || type == Character.ENCLOSING_MARK;
    }

    private static void appendSorted(String marks, StringBuilder out) {
        Map<Integer, int[]> decomposed = new HashMap<>();
        int[] points = marks.codePoints()
                .flatMap(point -> Arrays.stream(decomposed.computeIfAbsent(point, Nfc::decompose))).toArray();
        Map<Integer, Integer> classes = classes(points);
        // Sorting class above index is stable; a mark of class 0 is a border that none crosses.
        long[] keys = new long[points.length];
        int border = 0;
        for (int i = 0; i < points.length; i++) {
            int order = classes.get(points[i]);
            keys[i] = (long) order << 32 | i;
            if (order == 0) {
                Arrays.sort(keys, border, i);
                border = i + 1;
            }
        }
        Arrays.sort(keys, border, keys.length);
        for (long key : keys) {
            out.appendCodePoint(points[(int) key]);
        }
    }

    private static int[] decompose(int point) {
        return Normalizer.normalize(Character.toString(point), Normalizer.Form.NFD).codePoints().toArray();
    }

    /** For each point 0 if it has no combining class, else a number that grows with its class. */
    private static Map<Integer, Integer> classes(int[] points) {
        Map<Integer, Integer> classes = new HashMap<>();
        List<String> marks = new ArrayList<>();
        for (int point : Arrays.stream(points).distinct().toArray()) {
            String mark = Character.toString(point);
            boolean moves = mustSwap(mark, LOWEST_CLASS) || mustSwap(HIGHEST_CLASS, mark);
            classes.put(point, 0);
            if (moves) {
                marks.add(mark);
            }
        }
        marks.sort((a, b) -> mustSwap(a, b) ? 1 : mustSwap(b, a) ? -1 : 0);
        int order = 0;
        for (int i = 0; i < marks.size(); i++) {
            if (i == 0 || mustSwap(marks.get(i), marks.get(i - 1))) {
                order++;
            }
            classes.put(marks.get(i).codePointAt(0), order);
        }
        return classes;
    }

    /** True if {@code first} has the higher combining class, so that the canonical order puts it behind; Java does not tell classes. */
    private static boolean mustSwap(String first, String second) {
        return !first.equals(second) && Normalizer.normalize(first + second, Normalizer.Form.NFD).equals(second + first);
    }
}
