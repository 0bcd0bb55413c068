package dev.qyclone.bench.tokens;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** The table for people: columns where all rows say the same as a plain run are left out. */
final class MarkdownReport {
    private record Column(String title, boolean right, List<String> cells) {
        int width() {
            return Math.max(3, Math.max(title.length(), cells.stream().mapToInt(String::length).max().orElse(0)));
        }

        String cell(String text) {
            String padding = " ".repeat(width() - text.length());
            return right ? padding + text : text + padding;
        }

        String rule() {
            return right ? "-".repeat(width() - 1) + ":" : "-".repeat(width());
        }
    }

    private final List<BenchRow> rows;
    private final List<Column> columns = new ArrayList<>();

    private MarkdownReport(List<BenchRow> rows) {
        this.rows = rows;
    }

    static String of(List<BenchRow> rows, Machine machine) {
        StringBuilder text = new StringBuilder(new MarkdownReport(rows).results());
        for (String line : failures(rows)) {
            text.append('\n').append(line).append('\n');
        }
        List<BenchRow> opened = firstOfEachTarget(rows);
        if (!opened.isEmpty()) {
            text.append('\n').append(new MarkdownReport(opened).firstRuns());
        }
        rows.stream().filter(row -> row.target().parity().isPresent()).findFirst().ifPresent(row ->
                text.append("\nparity: relative L2 distance of the logits to those of the plain reference\n"));
        if (rows.stream().anyMatch(row -> row.target().activationBits() > 0)) {
            text.append("\nactivations: rounded to so many bits or more in decode over copies of weights; --exact keeps floats\n");
        }
        if (rows.stream().anyMatch(row -> !row.complete())) {
            text.append("\nincomplete: the run was ended before the last repetition; rows say what was measured until then\n");
        }
        text.append("\nbuild: ").append(machine.commit()).append(", Java ").append(machine.java()).append(", ").append(machine.os());
        if (machine.loadAverage() >= 0) {
            text.append(String.format(Locale.ROOT, ", load average %.1f", machine.loadAverage()));
        }
        text.append("\ncpu: ").append(machine.cpu());
        return text.append("\nflags: ").append(machine.flagsInShort()).append('\n').toString();
    }

    /** A device that fails does so in all its rows: the reason is told once. */
    private static Set<String> failures(List<BenchRow> rows) {
        Set<String> lines = new LinkedHashSet<>();
        for (BenchRow row : rows) {
            if (row.outcome() instanceof BenchRow.Failed failed) {
                lines.add("failed on " + row.target().device() + ": " + failed.reason());
            }
        }
        return lines;
    }

    private static List<BenchRow> firstOfEachTarget(List<BenchRow> rows) {
        Map<TargetFacts, BenchRow> first = new LinkedHashMap<>();
        rows.forEach(row -> first.putIfAbsent(row.target(), row));
        return first.values().stream().filter(row -> row.target().firstRun().isPresent()).toList();
    }

    private String results() {
        column("model", false, row -> row.model().type());
        column("size", true, row -> mebibytes(row.model().bytes()));
        column("device", false, row -> row.target().device());
        if (rows.stream().anyMatch(row -> !row.target().profile().isEmpty())) {
            column("profile", false, row -> row.target().profile());
        }
        column("threads", true, row -> Integer.toString(row.target().threads()));
        column("batch", true, row -> Integer.toString(row.batch()));
        column("kv", false, row -> row.target().kv());
        boolean rounded = rows.stream().anyMatch(row -> row.target().activationBits() > 0);
        if (rounded) {
            column("activations", false, row -> row.target().activationBits() == 0 ? "floats" : row.target().activationBits() + " bits");
        }
        if (rows.stream().anyMatch(row -> row.sessions() != 1)) {
            column("sessions", true, row -> Integer.toString(row.sessions()));
        }
        if (rows.stream().anyMatch(row -> row.flow() != PromptFlow.PIPELINED)) {
            column("flow", false, row -> row.test().decodes() ? "" : row.flow().label());
        }
        column("test", true, row -> row.test().name());
        column("t/s", true, MarkdownReport::speed);
        if (rows.stream().anyMatch(row -> row.outcome() instanceof BenchRow.Measured some && !some.limits().isEmpty())) {
            column("% of limit", true, MarkdownReport::percent);
        }
        if (rows.stream().anyMatch(row -> !Double.isNaN(deviceTime(row).launches()))) {
            column("launches", true, row -> number("%.1f", deviceTime(row).launches()));
            column("kernels ms", true, row -> number("%.2f", deviceTime(row).kernelNanos() / 1e6));
            column("host ms", true, row -> number("%.2f", deviceTime(row).hostNanos() / 1e6));
            column("host µs/launch", true, row -> number("%.1f", deviceTime(row).hostNanosPerLaunch() / 1e3));
        }
        if (rows.stream().anyMatch(row -> row.target().parity().isPresent())) {
            column("parity", true, row -> row.target().parity()
                    .map(parity -> String.format(Locale.ROOT, "%.1e", parity.relativeL2())).orElse(""));
            if (rounded) {
                column("KL", true, row -> row.target().parity()
                        .map(parity -> String.format(Locale.ROOT, "%.0e", parity.divergence())).orElse(""));
            }
        }
        return table();
    }

    private String firstRuns() {
        column("first run", false, row -> row.target().device());
        time("load", FirstRun::loadNanos);
        time("plan", FirstRun::planNanos);
        time("open", FirstRun::openNanos);
        column("prompt", true, row -> first(row).promptIds() + " ids");
        time("prefill", FirstRun::prefillNanos);
        time("first token", FirstRun::firstTokenNanos);
        time("second", FirstRun::nextNanos);
        return table();
    }

    private void time(String title, Function<FirstRun, Long> nanos) {
        column(title, true, row -> String.format(Locale.ROOT, "%.3f s", nanos.apply(first(row)) / 1e9));
    }

    private static FirstRun first(BenchRow row) {
        return row.target().firstRun().orElseThrow();
    }

    private static String speed(BenchRow row) {
        return switch (row.outcome()) {
            case BenchRow.Measured measured -> String.format(Locale.ROOT, "%.2f ± %.2f",
                    measured.samples().meanPerSecond(), measured.samples().deviationPerSecond());
            case BenchRow.Failed failed -> "failed, see below";
        };
    }

    private static String percent(BenchRow row) {
        return switch (row.outcome()) {
            case BenchRow.Measured measured -> measured.limits().isEmpty() ? ""
                    : String.format(Locale.ROOT, measured.bytesPerToken() > 0 ? "%.0f of %.1f GB/s" : "%.0f of %.0f GFLOP/s",
                            measured.percentOfLimit(), measured.limit());
            case BenchRow.Failed failed -> "";
        };
    }

    private static DeviceTime deviceTime(BenchRow row) {
        return switch (row.outcome()) {
            case BenchRow.Measured measured -> measured.deviceTime();
            case BenchRow.Failed failed -> DeviceTime.NONE;
        };
    }

    private static String number(String format, double value) {
        return Double.isNaN(value) ? "" : String.format(Locale.ROOT, format, value);
    }

    private static String mebibytes(long bytes) {
        double size = bytes / (double) (1 << 20);
        return size >= 1024 ? String.format(Locale.ROOT, "%.2f GiB", size / 1024) : String.format(Locale.ROOT, "%.2f MiB", size);
    }

    private void column(String title, boolean right, Function<BenchRow, String> cell) {
        columns.add(new Column(title, right, rows.stream().map(cell).toList()));
    }

    private String table() {
        StringBuilder text = new StringBuilder();
        line(text, columns.stream().map(column -> column.cell(column.title())).toList());
        line(text, columns.stream().map(Column::rule).toList());
        for (int i = 0; i < rows.size(); i++) {
            int index = i;
            line(text, columns.stream().map(column -> column.cell(column.cells().get(index))).toList());
        }
        return text.toString();
    }

    private static void line(StringBuilder text, List<String> cells) {
        text.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }
}
