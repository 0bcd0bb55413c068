package dev.qyclone.bench.study.report;

import dev.qyclone.bench.study.FirstToken;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The time to the first token of each cell, as a bar of its parts. */
final class FirstTokenChart {
    /** In the order of the legend. */
    private enum Part {
        START("JVM start", "#b0b0b0"), LOAD("load", "#5b5b5b"), PLAN("plan", "#a56a00"), COMPILE("compile", "#cc79a7"),
        UPLOAD("upload", "#009e73"), OPEN("open (less what is told apart)", "#b84a00"), PREFILL("prefill", "#0072b2");

        private final String words;
        private final String colour;

        Part(String words, String colour) {
            this.words = words;
            this.colour = colour;
        }
    }

    private record Segment(Part part, long nanos) {
    }

    private FirstTokenChart() {
    }

    static String of(List<ReportRow> rows) {
        List<ReportRow> shown = rows.stream().filter(row -> row.timesCount() && row.cell().firstToken() != null).toList();
        if (shown.isEmpty()) {
            return "";
        }
        long most = shown.stream().mapToLong(row -> row.cell().firstToken().totalNanos()).max().orElse(1);
        Set<Part> drawn = shown.stream().flatMap(row -> parts(row.cell().firstToken()).stream()).map(Segment::part)
                .collect(Collectors.toCollection(TreeSet::new));
        String legend = drawn.stream().map(part ->
                "<span><svg class=\"key\" aria-hidden=\"true\"><rect width=\"100%\" height=\"100%\" fill=\"" + part.colour
                        + "\"/></svg>" + part.words + "</span>").collect(Collectors.joining(" "));
        String bars = shown.stream().map(row -> bar(row, most)).collect(Collectors.joining());
        return "<figure class=\"bars\"><figcaption><b>Time to the first token</b> of a fresh JVM, with nothing warm but what the caches"
                + " hold.</figcaption>\n<p class=\"legend\">" + legend + "</p>\n" + bars + "</figure>\n" + table(shown);
    }

    private static List<Segment> parts(FirstToken first) {
        List<Segment> parts = new ArrayList<>();
        parts.add(new Segment(Part.START, first.startNanos()));
        parts.add(new Segment(Part.LOAD, first.loadNanos()));
        parts.add(new Segment(Part.PLAN, first.planNanos()));
        if (first.compileNanos() != null) {
            parts.add(new Segment(Part.COMPILE, first.compileNanos()));
            parts.add(new Segment(Part.UPLOAD, first.uploadNanos()));
        }
        parts.add(new Segment(Part.OPEN, Math.max(0, first.openNanos() - known(first.compileNanos()) - known(first.uploadNanos()))));
        if (known(first.prefillCompileNanos()) > 0) {
            parts.add(new Segment(Part.COMPILE, first.prefillCompileNanos()));
        }
        parts.add(new Segment(Part.PREFILL, Math.max(0, first.prefillNanos() - known(first.prefillCompileNanos()))));
        return parts;
    }

    private static long known(Long nanos) {
        return nanos == null ? 0 : nanos;
    }

    private static String bar(ReportRow row, long most) {
        FirstToken first = row.cell().firstToken();
        StringBuilder segments = new StringBuilder();
        double at = 0;
        for (Segment segment : parts(first)) {
            double width = 100.0 * segment.nanos / most;
            segments.append(Markup.format("<rect x=\"%.2f%%\" width=\"%.2f%%\" height=\"100%%\" fill=\"%s\"/>", at, width,
                    segment.part.colour));
            at += width;
        }
        return Markup.format("<div class=\"bar\"><span class=\"no\">%d</span><span class=\"name\">%s</span><span class=\"value\">%s</span>"
                        + "<svg class=\"chart\" role=\"img\" aria-label=\"%s\">%s</svg></div>\n",
                row.number(), Markup.escaped(row.chartName()), Markup.duration(first.totalNanos()),
                Markup.escaped(row.chartName() + ": " + Markup.duration(first.totalNanos())), segments);
    }

    private static String table(List<ReportRow> rows) {
        boolean told = rows.stream().map(row -> row.cell().firstToken()).anyMatch(first -> first.compileNanos() != null);
        boolean late = rows.stream().map(row -> row.cell().firstToken()).anyMatch(first -> known(first.prefillCompileNanos()) > 0);
        boolean second = rows.stream().map(row -> row.cell().firstToken()).anyMatch(first -> known(first.secondCompileNanos()) > 0);
        List<String> titles = new ArrayList<>(List.of("#", "Where", ">JVM start", ">Load", ">Plan", ">Open"));
        titles.addAll(told ? List.of(">of that, compile", ">of that, upload") : List.of());
        titles.add(">Prefill");
        titles.addAll(late ? List.of(">of that, compile") : List.of());
        titles.addAll(List.of(">First token", ">Second"));
        titles.addAll(second ? List.of(">of that, compile") : List.of());
        titles.add(">JVM's JIT, beside");
        PageTable table = new PageTable("first-token", titles.toArray(String[]::new));
        for (ReportRow row : rows) {
            FirstToken first = row.cell().firstToken();
            List<String> cells = new ArrayList<>(List.of(Integer.toString(row.number()), Markup.escaped(row.name()),
                    Markup.duration(first.startNanos()), Markup.duration(first.loadNanos()), Markup.duration(first.planNanos()),
                    Markup.duration(first.openNanos())));
            cells.addAll(told ? List.of(duration(first.compileNanos()), duration(first.uploadNanos())) : List.of());
            cells.add(Markup.duration(first.prefillNanos()));
            cells.addAll(late ? List.of(duration(first.prefillCompileNanos())) : List.of());
            cells.addAll(List.of(Markup.duration(first.totalNanos()), Markup.duration(first.secondNanos())));
            cells.addAll(second ? List.of(duration(first.secondCompileNanos())) : List.of());
            cells.add(Markup.duration(first.jvmCompileNanos()));
            table.row(cells.toArray(String[]::new));
        }
        return table.html();
    }

    private static String duration(Long nanos) {
        return nanos == null ? Markup.NONE : Markup.duration(nanos);
    }
}
