package dev.qyclone.bench.study.report;

import java.util.Locale;

/** Text and numbers as the page has them. */
final class Markup {
    /** A number that is not known. */
    static final String NONE = "–";

    private static final double KIB = 1024;

    private Markup() {
    }

    /** For element content and attribute values. */
    static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }

    static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }

    /** Three significant digits or so, such as {@code 1.92}, {@code 37.5} or {@code 1204}. */
    static String number(double value) {
        double size = Math.abs(value);
        return format(size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : size >= 0.1 || size == 0 ? "%.2f" : "%.1e", value);
    }

    /** Such as {@code 0.35 ms} or {@code 2.4 s}. */
    static String duration(double nanos) {
        return nanos >= 1e9 ? number(nanos / 1e9) + " s" : nanos >= 1e6 ? number(nanos / 1e6) + " ms" : number(nanos / 1e3) + " µs";
    }

    /** Such as {@code 37 %}. */
    static String percent(Double value) {
        return value == null ? NONE : format(value < 10 ? "%.1f %%" : "%.0f %%", value);
    }

    /** Such as {@code 512 MiB} or {@code 7.2 GiB}. */
    static String bytes(Long bytes) {
        if (bytes == null) {
            return NONE;
        }
        double mebibytes = bytes / KIB / KIB;
        return mebibytes >= KIB ? format("%.1f GiB", mebibytes / KIB) : format(mebibytes < 10 ? "%.1f MiB" : "%.0f MiB", mebibytes);
    }

    /** An error such as {@code 3.1·10⁻⁷}, written {@code 3.1e-7}. */
    static String error(double value) {
        return value == 0 ? "0" : format("%.1e", value).replace("e-0", "e-").replace("e+0", "e+");
    }
}
