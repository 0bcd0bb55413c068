package dev.qyclone.bench.study.report;

import dev.qyclone.bench.study.Speed;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Tokens per second as bars beside their names; a whisker is one standard deviation to either side. */
final class BarChart {
    /** Room at the right of the longest bar, for its whisker. */
    private static final double FULL = 96;

    private BarChart() {
    }

    /** @param speed of a row; null for rows without one, which are left out as wrong ones are */
    static String of(String title, String explanation, List<ReportRow> rows, Function<ReportRow, Speed> speed) {
        List<ReportRow> shown = rows.stream().filter(row -> row.timesCount() && speed.apply(row) != null).toList();
        double most = shown.stream().map(speed).mapToDouble(some -> some.meanPerSecond() + some.deviationPerSecond()).max().orElse(0);
        if (!(most > 0)) {
            return "";
        }
        String bars = shown.stream().map(row -> bar(row, speed.apply(row), most)).collect(Collectors.joining());
        return "<figure class=\"bars\"><figcaption><b>" + title + "</b> " + explanation + "</figcaption>\n" + bars + "</figure>\n";
    }

    private static String bar(ReportRow row, Speed speed, double most) {
        double mean = FULL * speed.meanPerSecond() / most;
        double half = FULL * speed.deviationPerSecond() / most;
        String whisker = half < 0.2 ? "" : Markup.format(
                "<line x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"50%%\" y2=\"50%%\" stroke=\"#1b1b1b\" stroke-width=\"1.5\"/>",
                Math.max(0, mean - half), mean + half);
        return Markup.format("<div class=\"bar\"><span class=\"no\">%d</span><span class=\"name\">%s</span><span class=\"value\">%s</span>"
                        + "<svg class=\"chart\" role=\"img\" aria-label=\"%s: %s tokens per second\"><rect width=\"%.2f%%\""
                        + " height=\"100%%\" fill=\"%s\"/>%s</svg></div>\n",
                row.number(), Markup.escaped(row.chartName()), Markup.number(speed.meanPerSecond()), Markup.escaped(row.chartName()),
                Markup.number(speed.meanPerSecond()), Math.max(mean, 0.3), row.colour(), whisker);
    }

    /** What the colours of all charts stand for, as far as they are there. */
    static String legend(List<ReportRow> rows) {
        return "<p class=\"legend\">" + rows.stream().map(ReportRow::kind).distinct().sorted().map(kind ->
                "<span><svg class=\"key\" aria-hidden=\"true\"><rect width=\"100%\" height=\"100%\" fill=\"" + kind.colour() + "\"/></svg>"
                        + kind.words() + "</span>").collect(Collectors.joining(" ")) + "</p>\n";
    }
}
