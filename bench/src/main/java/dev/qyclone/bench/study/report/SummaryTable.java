package dev.qyclone.bench.study.report;

import dev.qyclone.bench.study.Cell;
import dev.qyclone.bench.study.Speed;
import dev.qyclone.bench.study.Status;
import dev.qyclone.bench.study.Study;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** The first thing on the page: what was found, in a sentence and a table. */
final class SummaryTable {
    private SummaryTable() {
    }

    static String of(Study study, List<ReportRow> rows) {
        PageTable table = new PageTable("summary", "#", "Where", "Weights", ">Prefill tokens/s", ">Decode tokens/s", ">of FLOP limit",
                ">of read limit", ">First token", ">Memory", ">Relative L2", "Status");
        for (ReportRow row : rows) {
            Cell cell = row.cell();
            boolean unlimited = cell.roofline() == null || !row.timesCount();
            table.row(Integer.toString(row.number()), "<b>" + Markup.escaped(cell.target().place()) + "</b>"
                            + small(row.model()) + small(study.runs().size() > 1 ? cell.run() : ""),
                    Markup.escaped(cell.storedAs()), speed(row, cell.prefill()), speed(row, cell.decode()),
                    unlimited ? "" : Markup.percent(cell.roofline().percentOfFlops()),
                    unlimited ? "" : Markup.percent(cell.roofline().percentOfRead()),
                    cell.firstToken() == null || !row.timesCount() ? "" : Markup.duration(cell.firstToken().totalNanos()),
                    cell.memory() == null ? "" : Markup.bytes(cell.memory().peakResidentBytes()),
                    cell.parity() == null ? "" : Markup.error(cell.parity().relativeL2()), status(cell.status()));
            if (!cell.reason().isEmpty()) {
                table.note("<b>" + row.number() + "</b> " + cell.status().words() + ": " + Markup.escaped(cell.reason()));
            }
            if (!cell.note().isEmpty()) {
                table.note("<b>" + row.number() + "</b> " + Markup.escaped(cell.note()));
            }
        }
        return sentence(rows) + table.html();
    }

    private static String small(String words) {
        return words.isEmpty() ? "" : "<br><small>" + Markup.escaped(words) + "</small>";
    }

    private static String speed(ReportRow row, Speed speed) {
        if (speed == null || !row.timesCount()) {
            return "";
        }
        String deviation = speed.samplesNanos().size() < 2 ? "" : " <small>± " + Markup.number(speed.deviationPerSecond()) + "</small>";
        return Markup.number(speed.meanPerSecond()) + deviation;
    }

    private static String status(Status status) {
        return "<span class=\"status " + status.name().toLowerCase(Locale.ROOT) + "\">" + status.words() + "</span>";
    }

    private static String sentence(List<ReportRow> rows) {
        long measured = rows.stream().filter(row -> row.cell().status() == Status.MEASURED).count();
        StringBuilder text = new StringBuilder("<p class=\"lead\">").append(measured).append(" of ").append(rows.size())
                .append(rows.size() == 1 ? " cell was measured." : " cells were measured.");
        rows.stream().map(ReportRow::model).distinct().forEach(model ->
                fastest(text, model, rows.stream().filter(row -> row.model().equals(model)).toList()));
        rows.stream().filter(row -> row.cell().status() == Status.MEASURED && row.cell().parity() != null)
                .mapToDouble(row -> row.cell().parity().relativeL2()).max().ifPresent(worst ->
                        text.append(" Their logits are within ").append(Markup.error(worst))
                                .append(" (relative L2) of the plain reference."));
        return text.append("</p>\n").toString();
    }

    /** A sentence for each model: a small one is faster on any machine. */
    private static void fastest(StringBuilder text, String model, List<ReportRow> rows) {
        String subject = model.isEmpty() ? " Decode" : " With " + Markup.escaped(model) + " decode";
        best(rows, Cell::decode).ifPresent(row -> text.append(subject).append(" was fastest on <b>").append(Markup.escaped(row.name()))
                .append("</b> with ").append(Markup.number(row.cell().decode().meanPerSecond())).append(" tokens/s"));
        best(rows, Cell::prefill).ifPresent(row -> text.append(", prefill on <b>").append(Markup.escaped(row.name())).append("</b> with ")
                .append(Markup.number(row.cell().prefill().meanPerSecond())).append(" tokens/s."));
    }

    private static Optional<ReportRow> best(List<ReportRow> rows, Function<Cell, Speed> speed) {
        return rows.stream().filter(row -> row.cell().status() == Status.MEASURED)
                .max(Comparator.comparingDouble(row -> speed.apply(row.cell()).meanPerSecond()));
    }
}
