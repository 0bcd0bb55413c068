package dev.qyclone.cli;

import java.util.Locale;

/** Numbers as people read them. */
final class Amounts {
    private static final String[] BYTE_UNITS = {"B", "KB", "MB", "GB", "TB"};

    private Amounts() {
    }

    /** Such as {@code 5.0 MB}, in powers of 1000. */
    static String bytes(long bytes) {
        double amount = bytes;
        int unit = 0;
        while (amount >= 999.5 && unit < BYTE_UNITS.length - 1) {
            amount /= 1000;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 || amount >= 99.5 ? "%.0f %s" : "%.1f %s", amount, BYTE_UNITS[unit]);
    }

    /** Such as {@code 4.6 million} or {@code 7.62 billion}. */
    static String count(long count) {
        if (count >= 1_000_000_000) {
            return String.format(Locale.ROOT, "%.2f billion", count / 1e9);
        }
        return count >= 1_000_000 ? String.format(Locale.ROOT, "%.1f million", count / 1e6) : Long.toString(count);
    }

    /** Such as {@code 0.21 s}. */
    static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.2f s", nanos / 1e9);
    }

    /** Things per second, such as {@code 37.5}; 0 where nothing was measured. */
    static double perSecond(long things, long nanos) {
        return nanos <= 0 ? 0 : things * 1e9 / nanos;
    }
}
