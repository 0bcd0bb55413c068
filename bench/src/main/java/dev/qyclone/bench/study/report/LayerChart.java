package dev.qyclone.bench.study.report;

import dev.qyclone.bench.study.LayerTime;
import dev.qyclone.bench.study.Speed;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/** A small picture for each cell: what every layer takes for one token, then the output, each as a bar. */
final class LayerChart {
    private static final int WIDTH = 300;
    private static final int HEIGHT = 80;
    /** Empty columns between the layers and the output. */
    private static final int GAP = 1;

    private LayerChart() {
    }

    static String of(List<ReportRow> rows) {
        List<ReportRow> shown = rows.stream().filter(row -> row.timesCount() && !row.cell().layers().isEmpty()).toList();
        return shown.isEmpty() ? "<p>No layer was timed by itself.</p>\n"
                : "<div class=\"layers\">" + shown.stream().map(LayerChart::figure).collect(Collectors.joining()) + "</div>\n";
    }

    private static String figure(ReportRow row) {
        List<LayerTime> times = row.cell().layers();
        long most = times.stream().mapToLong(LayerTime::decodeNanos).max().orElse(1);
        StringBuilder bars = new StringBuilder();
        double step = WIDTH / (double) (times.size() + GAP);
        for (int i = 0; i < times.size(); i++) {
            LayerTime time = times.get(i);
            double height = HEIGHT * time.decodeNanos() / (double) most;
            double left = step * (time.part().equals("layer") ? i : i + GAP);
            bars.append(Markup.format("<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"%s\"%s><title>%s on %s: %s%s"
                            + "</title></rect>", left + step * 0.1, HEIGHT - height, step * 0.8, height, colour(row, time),
                    time.measured() ? "" : " fill-opacity=\"0.4\"", time.part().equals("layer") ? "layer " + time.layer() : "output",
                    Markup.escaped(time.device()), Markup.duration(time.decodeNanos()),
                    time.measured() ? "" : ", taken from a layer of the same kind"));
        }
        return "<figure><figcaption><span class=\"no\">" + row.number() + "</span> <b>" + Markup.escaped(row.chartName())
                + "</b></figcaption>"
                + "<svg class=\"chart\" viewBox=\"0 0 " + WIDTH + " " + HEIGHT
                        + "\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\""
                + Markup.escaped("decode time of each layer of " + row.name()) + "\">" + bars + "</svg>"
                + "<p>highest bar " + Markup.duration(most) + "; a token: layers " + sum(times, "layer", LayerTime::decodeNanos)
                + ", output " + sum(times, "output", LayerTime::decodeNanos) + ". A prompt" + words(row.cell().prefill()) + ": layers "
                + sum(times, "layer", LayerTime::prefillNanos) + ".</p></figure>\n";
    }

    private static String words(Speed prefill) {
        return prefill == null ? "" : " of " + prefill.tokens();
    }

    /** In a split, layers on the first device are lighter. */
    private static String colour(ReportRow row, LayerTime time) {
        boolean first = row.cell().target().split() && time.device().equals(row.cell().target().devices().getFirst());
        return first ? "#6fae9b" : row.colour();
    }

    private static String sum(List<LayerTime> times, String part, ToLongFunction<LayerTime> nanos) {
        return Markup.duration(times.stream().filter(time -> time.part().equals(part)).mapToLong(nanos).sum());
    }
}
