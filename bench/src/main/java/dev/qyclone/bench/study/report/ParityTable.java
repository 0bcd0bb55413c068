package dev.qyclone.bench.study.report;

import dev.qyclone.bench.study.Parity;
import java.util.List;

/** How far the logits of each cell are from the reference's. */
final class ParityTable {
    private ParityTable() {
    }

    static String of(List<ReportRow> rows) {
        List<ReportRow> shown = rows.stream().filter(row -> row.cell().parity() != null).toList();
        if (shown.isEmpty()) {
            return "<p>Nothing was compared.</p>\n";
        }
        PageTable table = new PageTable("parity", "#", "Where", ">Rows", ">Relative L2", ">Largest |Δ|", ">Mean KL", ">Largest KL",
                "First greedy id that differs");
        for (ReportRow row : shown) {
            add(table, row, row.name(), row.cell().parity());
        }
        List<ReportRow> converted = rows.stream().filter(row -> row.cell().parityToStored() != null).toList();
        if (converted.isEmpty()) {
            return table.html();
        }
        PageTable stored = new PageTable("parity", "#", "Where", ">Rows", ">Relative L2", ">Largest |Δ|", ">Mean KL", ">Largest KL",
                "First greedy id that differs");
        for (ReportRow row : converted) {
            add(stored, row, row.name(), row.cell().parityToStored());
        }
        return table.html() + "<h3>Against the weights of the file</h3>\n<p>What storing the weights in another type costs, by the same"
                + " measures; the reference computes with the weights as they are stored.</p>\n" + stored.html();
    }

    private static void add(PageTable table, ReportRow row, String name, Parity parity) {
        table.row(Integer.toString(row.number()), Markup.escaped(name), Integer.toString(parity.rows()),
                Markup.error(parity.relativeL2()), Markup.error(parity.maxDifference()), Markup.error(parity.meanKl()),
                Markup.error(parity.maxKl()), different(parity.firstDifferent()));
    }

    private static String different(Parity.Different different) {
        return different == null ? "none" : Markup.format("prompt %d, step %d: %d for %d, which the reference prefers by %s",
                different.prompt() + 1, different.step(), different.gotId(), different.expectedId(), Markup.error(different.margin()));
    }
}
