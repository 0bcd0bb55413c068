package dev.qyclone.bench.study.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A logarithmic axis.
 *
 * @param from and {@code to}: its ends, in what it shows
 * @param start and {@code end}: its ends on the picture
 */
record PlotAxis(double from, double to, double start, double end) {
    PlotAxis {
        if (!(from > 0 && to > from)) {
            throw new IllegalArgumentException("an axis from " + from + " to " + to);
        }
    }

    double at(double value) {
        return start + (end - start) * Math.log(value / from) / Math.log(to / from);
    }

    List<Double> decades() {
        List<Double> decades = new ArrayList<>();
        for (int power = (int) Math.ceil(Math.log10(from) - 1e-9); Math.pow(10, power) <= to; power++) {
            decades.add(Math.pow(10, power));
        }
        return decades;
    }

    /** Such as {@code 0.1}, {@code 100} or {@code 10k}. */
    static String words(double decade) {
        return decade >= 10_000 ? Math.round(decade / 1000) + "k" : decade >= 1 ? Long.toString(Math.round(decade))
                : String.format(Locale.ROOT, "%s", decade);
    }
}
