package dev.qyclone.bench.study.report;

import dev.qyclone.bench.study.Cell;
import dev.qyclone.bench.study.RunDifferences;
import dev.qyclone.bench.study.Status;
import dev.qyclone.bench.study.Study;
import java.util.ArrayList;
import java.util.List;

/**
 * A cell as the page names it.
 *
 * @param number from 1 on, the same in every table and chart
 * @param name what tells it from the others on this page
 * @param model its model's name where the page has several; otherwise an empty text
 */
record ReportRow(int number, Cell cell, String name, String model) {
    /** What colour stands for. */
    enum Kind {
        REFERENCE("the plain reference", "#767676"),
        VECTORS("Vector API", "#0072b2"),
        DEVICE("a device alone", "#b84a00"),
        SPLIT("layers on two devices", "#00795a");

        private final String words;
        private final String colour;

        Kind(String words, String colour) {
            this.words = words;
            this.colour = colour;
        }

        String words() {
            return words;
        }

        /** Told from the others by people with any colour vision, and from white by a contrast of 4.5 or more. */
        String colour() {
            return colour;
        }
    }

    static List<ReportRow> of(Study study) {
        boolean severalRuns = study.runs().size() > 1;
        boolean severalTypes = study.cells().stream().map(cell -> cell.target().type()).distinct().count() > 1
                || study.runs().stream().map(run -> run.modelType()).distinct().count() > 1;
        RunDifferences differences = new RunDifferences(study);
        List<ReportRow> rows = new ArrayList<>();
        for (Cell cell : study.cells()) {
            String model = differences.severalModels() ? differences.model(study.runOf(cell)) : "";
            String name = cell.target().place() + (severalTypes ? ", " + cell.storedAs() : "") + (model.isEmpty() ? "" : " · " + model)
                    + (severalRuns ? " · " + cell.run() : "");
            rows.add(new ReportRow(rows.size() + 1, cell, name, model));
        }
        return rows;
    }

    Kind kind() {
        if (cell.target().split()) {
            return Kind.SPLIT;
        }
        String device = cell.target().devices().getFirst();
        return device.equals("cpu:scalar") ? Kind.REFERENCE : device.equals("cpu") ? Kind.VECTORS : Kind.DEVICE;
    }

    String colour() {
        return kind().colour();
    }

    /** True if its times mean something: those of wrong results do not. */
    boolean timesCount() {
        return cell.status() != Status.WRONG;
    }

    /** Its name in a chart, with a mark where not all rounds ran. */
    String chartName() {
        return name + (cell.status() == Status.FAILED || cell.status() == Status.INCOMPLETE ? " (" + cell.status().words() + ")" : "");
    }
}
