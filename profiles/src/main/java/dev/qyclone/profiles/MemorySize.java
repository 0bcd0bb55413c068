package dev.qyclone.profiles;

import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as people write them: {@code 512 MiB}, {@code 1.5 GB}, or a plain number of bytes. */
public final class MemorySize {
    private static final Pattern SIZE = Pattern.compile("(\\d{1,12}(?:\\.\\d{1,6})?) ?([a-zA-Z]*)");
    private static final Map<String, Long> UNITS = Map.of(
            "", 1L, "b", 1L, "kb", 1000L, "mb", 1000_000L, "gb", 1000_000_000L, "kib", 1L << 10, "mib", 1L << 20, "gib", 1L << 30);
    private static final long MOST = 1L << 50;

    private MemorySize() {
    }

    /** Bytes; empty where the text is no size. */
    public static OptionalLong parse(String text) {
        Matcher match = SIZE.matcher(text.strip());
        if (!match.matches() || !UNITS.containsKey(match.group(2).toLowerCase(Locale.ROOT))) {
            return OptionalLong.empty();
        }
        double bytes = Double.parseDouble(match.group(1)) * UNITS.get(match.group(2).toLowerCase(Locale.ROOT));
        return bytes > MOST ? OptionalLong.empty() : OptionalLong.of(Math.round(bytes));
    }

    /** Exactly, in the largest binary unit that divides it. */
    public static String exact(long bytes) {
        if (bytes != 0 && bytes % (1L << 30) == 0) {
            return (bytes >> 30) + " GiB";
        }
        if (bytes != 0 && bytes % (1L << 20) == 0) {
            return (bytes >> 20) + " MiB";
        }
        if (bytes != 0 && bytes % (1L << 10) == 0) {
            return (bytes >> 10) + " KiB";
        }
        return bytes == 0 ? "0" : bytes + " B";
    }

    /** Rounded, for tables and messages. */
    public static String rounded(long bytes) {
        if (bytes < 1L << 20) {
            return String.format(Locale.ROOT, bytes == 0 ? "0" : "%.1f KiB", bytes / (double) (1L << 10));
        }
        return bytes < 1L << 30
                ? String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1L << 20))
                : String.format(Locale.ROOT, "%.2f GiB", bytes / (double) (1L << 30));
    }
}
