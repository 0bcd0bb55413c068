package dev.qyclone.cli;

import dev.qyclone.bench.study.Cell;
import dev.qyclone.bench.study.RunDifferences;
import dev.qyclone.bench.study.Speed;
import dev.qyclone.bench.study.Status;
import dev.qyclone.bench.study.Study;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** A study on a terminal: a line for each cell, with what there is to say under it. */
final class StudyTable {
    private StudyTable() {
    }

    static TextTable of(Study study) {
        RunDifferences differences = new RunDifferences(study);
        boolean several = study.runs().size() > 1;
        List<String> titles = new ArrayList<>(List.of("CELL", "WEIGHTS", ">PREFILL t/s", ">DECODE t/s", ">RELATIVE L2", "STATUS"));
        if (differences.severalModels()) {
            titles.addFirst("MODEL");
        }
        if (several) {
            titles.addFirst("MACHINE");
        }
        TextTable table = new TextTable(titles.toArray(String[]::new));
        for (Cell cell : study.cells()) {
            List<String> fields = new ArrayList<>(List.of(cell.target().place(), cell.storedAs(), speed(cell, cell.prefill()),
                    speed(cell, cell.decode()),
                    cell.parity() == null ? "-" : String.format(Locale.ROOT, "%.1e", cell.parity().relativeL2()), cell.status().words()));
            if (differences.severalModels()) {
                fields.addFirst(differences.model(study.runOf(cell)));
            }
            if (several) {
                fields.addFirst(cell.run());
            }
            table.row(fields.toArray(String[]::new));
            Stream.of(cell.reason(), cell.note()).filter(words -> !words.isEmpty()).forEach(table::note);
        }
        return table;
    }

    /** Of wrong results it means nothing. */
    private static String speed(Cell cell, Speed speed) {
        if (speed == null || cell.status() == Status.WRONG) {
            return "-";
        }
        double value = speed.meanPerSecond();
        return String.format(Locale.ROOT, value < 10 ? "%.2f" : "%.1f", value);
    }
}
