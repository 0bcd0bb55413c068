package dev.qyclone.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Lines over two axes as a part of an SVG picture; the same input gives the same characters on every machine. */
final class SvgChart {
    /** Colours that people with any colour vision tell apart (Okabe and Ito 2008). */
    private static final List<String> COLOURS = List.of("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00");
    private static final int LEFT = 62;
    private static final int RIGHT = 24;
    private static final int TOP = 34;
    private static final int BOTTOM = 46;
    private static final int LEGEND_LINE = 16;
    private static final int TICKS = 6;

    private final String title;
    private final Axis x;
    private final Axis y;
    private final List<Series> lines = new ArrayList<>();

    /** An axis with its ends; logarithmic ones run over whole or broken decades. */
    record Axis(String label, double from, double to, boolean logarithmic) {
        /** 0 at one end, 1 at the other. */
        double share(double value) {
            return logarithmic ? Math.log(value / from) / Math.log(to / from) : (value - from) / (to - from);
        }

        List<Double> ticks() {
            List<Double> ticks = new ArrayList<>();
            if (logarithmic) {
                for (double tick = Math.pow(10, Math.ceil(Math.log10(from) - 1e-9)); tick <= to * (1 + 1e-9); tick *= 10) {
                    ticks.add(tick);
                }
                return ticks;
            }
            double step = step((to - from) / TICKS);
            for (long i = Math.round(Math.ceil(from / step - 1e-9)); i * step <= to + step * 1e-9; i++) {
                ticks.add(i * step);
            }
            return ticks;
        }

        private static double step(double least) {
            double decade = Math.pow(10, Math.floor(Math.log10(least)));
            double digits = least / decade;
            return decade * (digits <= 1 ? 1 : digits <= 2 ? 2 : digits <= 5 ? 5 : 10);
        }
    }

    private record Series(String name, double[] xs, double[] ys, boolean dashed) {
    }

    SvgChart(String title, Axis x, Axis y) {
        this.title = title;
        this.x = x;
        this.y = y;
    }

    /** A line through points; NaN breaks it. */
    SvgChart line(String name, double[] xs, double[] ys) {
        lines.add(new Series(name, xs, ys, false));
        return this;
    }

    /** A dashed line at one height. */
    SvgChart level(String name, double height) {
        lines.add(new Series(name, new double[] {x.from, x.to}, new double[] {height, height}, true));
        return this;
    }

    /** Draws it with its upper left corner at a point, in pixels. */
    void draw(StringBuilder svg, int left, int top, int width, int height) {
        int x0 = left + LEFT;
        int y0 = top + height - BOTTOM;
        int plotWidth = width - LEFT - RIGHT;
        int plotHeight = height - TOP - BOTTOM;
        text(svg, left + LEFT, top + 20, "start", "font-weight=\"bold\"", title);
        for (double tick : x.ticks()) {
            double at = x0 + plotWidth * x.share(tick);
            rule(svg, at, y0, at, y0 - plotHeight, "#e4e4e4");
            text(svg, at, y0 + 16, "middle", "", number(tick));
        }
        for (double tick : y.ticks()) {
            double at = y0 - plotHeight * y.share(tick);
            rule(svg, x0, at, x0 + plotWidth, at, "#e4e4e4");
            text(svg, x0 - 6, at + 4, "end", "", number(tick));
        }
        rule(svg, x0, y0, x0 + plotWidth, y0, "#444444");
        rule(svg, x0, y0, x0, y0 - plotHeight, "#444444");
        text(svg, x0 + plotWidth / 2.0, y0 + 36, "middle", "", x.label);
        double middle = y0 - plotHeight / 2.0;
        text(svg, left + 14, middle, "middle", format("transform=\"rotate(-90 %d %.1f)\"", left + 14, middle), y.label);
        for (int i = 0; i < lines.size(); i++) {
            Series series = lines.get(i);
            String stroke = "stroke=\"" + COLOURS.get(i % COLOURS.size()) + "\" stroke-width=\"2\""
                    + (series.dashed ? " stroke-dasharray=\"5 4\"" : "");
            svg.append("<path fill=\"none\" ").append(stroke).append(" d=\"");
            boolean broken = true;
            for (int p = 0; p < series.xs.length; p++) {
                boolean inside = series.ys[p] >= y.from && series.ys[p] <= y.to;
                if (inside) {
                    svg.append(format("%s%.1f %.1f", broken ? "M" : "L", x0 + plotWidth * x.share(series.xs[p]),
                            y0 - plotHeight * y.share(series.ys[p])));
                }
                broken = !inside;
            }
            svg.append("\"/>\n");
            int legend = top + TOP + 14 + i * LEGEND_LINE;
            svg.append(format("<path fill=\"none\" %s d=\"M%d %dL%d %d\"/>\n", stroke, x0 + 10, legend - 4, x0 + 34, legend - 4));
            text(svg, x0 + 40, legend, "start", "", series.name);
        }
    }

    private static void rule(StringBuilder svg, double x1, double y1, double x2, double y2, String colour) {
        svg.append(format("<path stroke=\"%s\" d=\"M%.1f %.1fL%.1f %.1f\"/>\n", colour, x1, y1, x2, y2));
    }

    private static void text(StringBuilder svg, double x, double y, String anchor, String more, String words) {
        svg.append(format("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" %s>%s</text>\n", x, y, anchor, more,
                words.replace("&", "&amp;").replace("<", "&lt;")));
    }

    /** Such as 0.5, 20, 4k, 1M. */
    private static String number(double value) {
        if (Math.abs(value) >= 1e6 - 1) {
            return trimmed(value / 1e6) + "M";
        }
        return Math.abs(value) >= 1e3 - 1e-3 ? trimmed(value / 1e3) + "k" : trimmed(value);
    }

    private static String trimmed(double value) {
        return Math.abs(value - Math.rint(value)) < 1e-9 ? format("%.0f", value) : format("%.2f", value).replaceAll("0+$", "");
    }

    private static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }
}
