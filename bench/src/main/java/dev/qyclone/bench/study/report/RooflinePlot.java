package dev.qyclone.bench.study.report;

import dev.qyclone.bench.study.DeviceLimits;
import dev.qyclone.bench.study.Roofline;
import dev.qyclone.bench.study.RunFacts;
import dev.qyclone.bench.study.Study;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * The roofline of Williams, Waterman and Patterson (2009): operations per byte against operations per second, both logarithmic. A device's
 * roof is what its memory or its arithmetic allows, whichever is less.
 */
final class RooflinePlot {
    /** A prefill or decode test of a cell. */
    private record Point(ReportRow row, double intensity, double gigaflops, boolean decode) {
    }

    /** The limits of a device of one run, with what the page calls it. */
    private record Roof(String name, double read, double flops) {
        double at(double intensity) {
            return Math.min(flops, read * intensity);
        }
    }

    /** Height of a roof's name. */
    private static final double ROOF_LINE = 15;

    private final List<Point> points;
    private final List<Roof> roofs;
    private final int width;
    private final int height;
    private final PlotAxis x;
    private final PlotAxis y;

    private RooflinePlot(List<Point> points, List<Roof> roofs, int width, int height) {
        this.points = points;
        this.roofs = roofs;
        this.width = width;
        this.height = height;
        double left = points.stream().mapToDouble(Point::intensity).min().orElse(1) / 2;
        double right = points.stream().mapToDouble(Point::intensity).max().orElse(1) * 4;
        right = Math.max(right, roofs.stream().mapToDouble(roof -> 4 * roof.flops / roof.read).max().orElse(1));
        DoubleStream heights = DoubleStream.concat(points.stream().mapToDouble(Point::gigaflops),
                roofs.stream().mapToDouble(roof -> roof.at(points.stream().mapToDouble(Point::intensity).min().orElse(1))));
        double bottom = heights.min().orElse(1) / 2;
        double top = DoubleStream.concat(points.stream().mapToDouble(Point::gigaflops), roofs.stream().mapToDouble(Roof::flops))
                .max().orElse(1) * 1.3;
        this.x = new PlotAxis(left, right, 48, width - 14);
        this.y = new PlotAxis(bottom, top, height - 44, 16 + ROOF_LINE * Math.max(0, roofs.size() - 1));
    }

    /** A plot for wide screens and paper, and one for phones: the style sheet shows one of them. */
    static String of(Study study, List<ReportRow> rows) {
        List<Point> points = points(rows);
        List<Roof> roofs = roofs(study);
        if (points.isEmpty()) {
            return "<p>Nothing was measured.</p>\n";
        }
        return "<figure class=\"roofline\">" + new RooflinePlot(points, roofs, 760, 430).svg("wide")
                + new RooflinePlot(points, roofs, 350, 380).svg("narrow") + "</figure>\n";
    }

    private static List<Point> points(List<ReportRow> rows) {
        List<Point> points = new ArrayList<>();
        for (ReportRow row : rows) {
            Roofline work = row.cell().roofline();
            if (work != null && row.timesCount()) {
                double decode = row.cell().decode().meanPerSecond();
                double prompts = row.cell().prefill().meanPerSecond() / row.cell().prefill().tokens();
                points.add(new Point(row, work.decodeFlopsPerToken() / (double) work.decodeBytesPerToken(),
                        work.decodeFlopsPerToken() * decode / 1e9, true));
                points.add(new Point(row, work.prefillFlops() / (double) work.prefillBytes(), work.prefillFlops() * prompts / 1e9, false));
            }
        }
        return points;
    }

    private static List<Roof> roofs(Study study) {
        List<Roof> roofs = new ArrayList<>();
        for (RunFacts run : study.runs()) {
            String where = study.runs().size() > 1 ? " · " + run.label() : "";
            for (DeviceLimits limit : run.limits()) {
                String bits = limit.vectorBits() == 0 ? "" : ", " + limit.vectorBits() + "-bit";
                roofs.add(new Roof(limit.device() + bits + where, limit.readGigabytesPerSecond(), limit.gigaflopsPerSecond()));
            }
        }
        return roofs;
    }

    private String svg(String kind) {
        StringBuilder svg = new StringBuilder(Markup.format(
                "<svg class=\"chart %s\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"roofline plot\">\n", kind, width, height));
        grid(svg);
        for (Roof roof : roofs) {
            double ridge = Math.max(roof.flops / roof.read, x.from());
            svg.append(Markup.format("<path class=\"roof\" d=\"M%.1f %.1fL%.1f %.1fL%.1f %.1f\"/>\n", x.at(x.from()),
                    y.at(Math.max(roof.at(x.from()), y.from())), x.at(ridge), y.at(roof.at(ridge)), x.at(x.to()), y.at(roof.flops)));
        }
        // Behind all lines and from the lowest up, so that names of roofs that lie close together stand in their order above them.
        double free = Double.POSITIVE_INFINITY;
        for (Roof roof : roofs.stream().sorted(Comparator.comparingDouble(Roof::flops)).toList()) {
            double label = Math.min(aboveLines(y.at(roof.flops)), free);
            text(svg, x.at(x.to()), label, "end", "", roof.name + ": " + Markup.number(roof.flops) + " GFLOP/s");
            free = label - ROOF_LINE;
        }
        List<double[]> labels = new ArrayList<>();
        for (Point point : points) {
            mark(svg, point, labels);
        }
        return svg.append("</svg>\n").toString();
    }

    /** Where a name stands over a line, and over the next one where that would run through it. */
    private double aboveLines(double line) {
        double next = roofs.stream().mapToDouble(roof -> y.at(roof.flops)).filter(other -> other < line && other > line - ROOF_LINE)
                .max().orElse(line);
        return next < line ? aboveLines(next) : line - 5;
    }

    private void grid(StringBuilder svg) {
        for (double tick : x.decades()) {
            svg.append(Markup.format("<path class=\"grid\" d=\"M%.1f %.1fV%.1f\"/>", x.at(tick), y.at(y.from()), y.at(y.to())));
            text(svg, x.at(tick), y.at(y.from()) + 16, "middle", "", PlotAxis.words(tick));
        }
        for (double tick : y.decades()) {
            svg.append(Markup.format("<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/>", x.at(x.from()), y.at(tick), x.at(x.to())));
            text(svg, x.at(x.from()) - 6, y.at(tick) + 4, "end", "", PlotAxis.words(tick));
        }
        text(svg, (x.at(x.from()) + x.at(x.to())) / 2, height - 6, "middle", "", "operations per byte of weights");
        double middle = (y.at(y.from()) + y.at(y.to())) / 2;
        text(svg, 12, middle, "middle", Markup.format(" transform=\"rotate(-90 12 %.1f)\"", middle), "GFLOP/s");
    }

    /** Decode is a disc, prefill a square; the number is the row's, moved aside where another lies there. */
    private void mark(StringBuilder svg, Point point, List<double[]> labels) {
        double px = x.at(point.intensity);
        double py = y.at(point.gigaflops);
        String colour = point.row.colour();
        String title = "<title>" + Markup.escaped(point.row.chartName() + (point.decode ? ", decode: " : ", prefill: ")
                + Markup.number(point.gigaflops) + " GFLOP/s") + "</title>";
        svg.append(point.decode
                ? Markup.format("<circle class=\"point\" cx=\"%.1f\" cy=\"%.1f\" r=\"4.5\" fill=\"%s\">%s</circle>", px, py, colour, title)
                : Markup.format("<rect class=\"point\" x=\"%.1f\" y=\"%.1f\" width=\"8\" height=\"8\" fill=\"%s\">%s</rect>", px - 4,
                        py - 4,
                colour, title));
        double column = px + 9;
        while (taken(labels, column, py)) {
            column += 17;
        }
        labels.add(new double[] {column, py});
        text(svg, column, py + 4, "start", "", Integer.toString(point.row.number()));
    }

    private static boolean taken(List<double[]> labels, double column, double row) {
        return labels.stream().anyMatch(label -> Math.abs(label[0] - column) < 15 && Math.abs(label[1] - row) < 11);
    }

    private static void text(StringBuilder svg, double x, double y, String anchor, String more, String words) {
        svg.append(Markup.format("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"%s>%s</text>\n", x, y, anchor, more,
                Markup.escaped(words)));
    }
}
