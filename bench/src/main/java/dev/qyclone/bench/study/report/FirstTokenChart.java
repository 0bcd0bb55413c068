package dev.qyclone.bench.study.report;

import dev.qyclone.bench.study.FirstToken;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The time to the first token of each cell, as a bar of its parts. */
final class FirstTokenChart {
    private record Part(String name, String colour, long nanos) {
    }

    private FirstTokenChart() {
    }

    static String of(List<ReportRow> rows) {
        List<ReportRow> shown = rows.stream().filter(row -> row.cell().firstToken() != null).toList();
        if (shown.isEmpty()) {
            return "";
        }
        long most = shown.stream().mapToLong(row -> row.cell().firstToken().totalNanos()).max().orElse(1);
        String legend = parts(shown.getFirst().cell().firstToken()).stream().map(part ->
                "<span><svg class=\"key\" aria-hidden=\"true\"><rect width=\"100%\" height=\"100%\" fill=\"" + part.colour
                        + "\"/></svg>" + part.name + "</span>").collect(Collectors.joining(" "));
        String bars = shown.stream().map(row -> bar(row, most)).collect(Collectors.joining());
        return "<figure class=\"bars\"><figcaption><b>Time to the first token</b> of a fresh JVM, with nothing warm but what the caches"
                + " hold.</figcaption>\n<p class=\"legend\">" + legend + "</p>\n" + bars + "</figure>\n" + table(shown);
    }

    private static List<Part> parts(FirstToken first) {
        List<Part> parts = new ArrayList<>();
        parts.add(new Part("JVM start", "#b0b0b0", first.startNanos()));
        parts.add(new Part("load", "#5b5b5b", first.loadNanos()));
        parts.add(new Part("plan", "#a56a00", first.planNanos()));
        parts.add(new Part("open", "#b84a00", first.openNanos()));
        parts.add(new Part("prefill", "#0072b2", first.prefillNanos()));
        return parts;
    }

    private static String bar(ReportRow row, long most) {
        FirstToken first = row.cell().firstToken();
        StringBuilder segments = new StringBuilder();
        double at = 0;
        for (Part part : parts(first)) {
            double width = 100.0 * part.nanos / most;
            segments.append(Markup.format("<rect x=\"%.2f%%\" width=\"%.2f%%\" height=\"100%%\" fill=\"%s\"/>", at, width, part.colour));
            at += width;
        }
        return Markup.format("<div class=\"bar\"><span class=\"no\">%d</span><span class=\"name\">%s</span><span class=\"value\">%s</span>"
                        + "<svg class=\"chart\" role=\"img\" aria-label=\"%s\">%s</svg></div>\n",
                row.number(), Markup.escaped(row.name()), Markup.duration(first.totalNanos()),
                Markup.escaped(row.name() + ": " + Markup.duration(first.totalNanos())), segments);
    }

    private static String table(List<ReportRow> rows) {
        boolean told = rows.stream().map(row -> row.cell().firstToken()).anyMatch(first -> first.compileNanos() != null);
        List<String> titles = new ArrayList<>(List.of("#", "Where", ">JVM start", ">Load", ">Plan", ">Open"));
        titles.addAll(told ? List.of(">of that, compile", ">of that, upload") : List.of());
        titles.addAll(List.of(">Prefill", ">First token", ">Second"));
        PageTable table = new PageTable("first-token", titles.toArray(String[]::new));
        for (ReportRow row : rows) {
            FirstToken first = row.cell().firstToken();
            List<String> cells = new ArrayList<>(List.of(Integer.toString(row.number()), Markup.escaped(row.name()),
                    Markup.duration(first.startNanos()), Markup.duration(first.loadNanos()), Markup.duration(first.planNanos()),
                    Markup.duration(first.openNanos())));
            cells.addAll(told ? List.of(duration(first.compileNanos()), duration(first.uploadNanos())) : List.of());
            cells.addAll(List.of(Markup.duration(first.prefillNanos()), Markup.duration(first.totalNanos()),
                    Markup.duration(first.secondNanos())));
            table.row(cells.toArray(String[]::new));
        }
        return table.html();
    }

    private static String duration(Long nanos) {
        return nanos == null ? Markup.NONE : Markup.duration(nanos);
    }
}
