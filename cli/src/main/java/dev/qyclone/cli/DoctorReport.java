package dev.qyclone.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.qyclone.engine.stage.CheckReport;
import dev.qyclone.engine.stage.CheckRow;
import dev.qyclone.engine.stage.KernelFamily;
import java.io.IOException;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What the self-checks found, for people and for programs.
 *
 * @param shapes in words, at which the kernels ran
 */
record DoctorReport(String shapes, List<CheckReport> reports, DeviceList list) {
    private static final String NONE = "-";

    boolean passed() {
        return reports.stream().allMatch(CheckReport::passed);
    }

    String asText() {
        StringBuilder text = new StringBuilder(TextTable.wrapped("Kernels at the shapes of " + shapes, ""));
        for (CheckReport report : reports) {
            text.append('\n').append(TextTable.wrapped(
                    report.device().id() + ": " + report.device().name() + ", " + report.device().note(), ""));
            text.append(table(report));
        }
        TextTable summary = new TextTable("DEVICE", "FAMILY", "VERDICT");
        for (CheckReport report : reports) {
            for (KernelFamily family : families(report)) {
                summary.row(report.device().id(), family.word(), summary(report, family));
                String rates = rates(report.rows().stream().filter(row -> row.family() == family).toList());
                if (!rates.isEmpty()) {
                    summary.note(rates);
                }
            }
        }
        String missing = list.missingText();
        return text.append('\n').append(summary).append(missing.isEmpty() ? "" : "\n" + missing).toString();
    }

    private static String table(CheckReport report) {
        TextTable table = new TextTable("KERNEL", "FAMILY", "TYPE", "SHAPE", ">ERROR", ">RATE", "VERDICT");
        for (CheckRow row : report.rows()) {
            table.row(row.kernel(), row.family().word(), row.type(), row.shape(), error(row.error()),
                    row.rate() == 0 ? NONE : rate(row.rate()) + " " + row.rateUnit(),
                    verdict(row));
            if (!row.detail().isBlank()) {
                table.note(row.detail());
            }
        }
        return table.toString();
    }

    private static String verdict(CheckRow row) {
        return switch (row.verdict()) {
            case OK -> "ok";
            case WRONG -> "WRONG";
            case FAILED -> "FAILED";
        };
    }

    private static String rate(double rate) {
        return String.format(Locale.ROOT, rate < 1 ? "%.3f" : "%.1f", rate);
    }

    /** The slowest and the fastest kernel, in each unit; empty if nothing was measured. */
    private static String rates(List<CheckRow> rows) {
        Map<String, DoubleSummaryStatistics> byUnit = rows.stream().filter(row -> row.rate() > 0)
                .collect(Collectors.groupingBy(CheckRow::rateUnit, TreeMap::new, Collectors.summarizingDouble(CheckRow::rate)));
        return byUnit.entrySet().stream()
                .map(unit -> rate(unit.getValue().getMin()) + " to " + rate(unit.getValue().getMax()) + " " + unit.getKey())
                .collect(Collectors.joining(", "));
    }

    private static String error(double error) {
        return Double.isNaN(error) ? NONE : String.format(Locale.ROOT, error == 0 ? "%.0f" : "%.1e", error);
    }

    private static List<KernelFamily> families(CheckReport report) {
        return report.rows().stream().map(CheckRow::family).distinct().toList();
    }

    private static String summary(CheckReport report, KernelFamily family) {
        List<CheckRow> rows = report.rows().stream().filter(row -> row.family() == family).toList();
        List<CheckRow> faults = report.faults().stream().filter(row -> row.family() == family).toList();
        if (!faults.isEmpty()) {
            return faults.size() + " of " + rows.size() + " kernels are wrong or do not run: "
                    + faults.stream().map(CheckRow::kernel).distinct().collect(Collectors.joining(", "));
        }
        double largest = rows.stream().mapToDouble(CheckRow::error).max().orElse(0);
        return "all " + rows.size() + " kernels are right, largest error " + error(largest);
    }

    String asJson() {
        return Json.object(fields -> {
            fields.writeStringField("shapes", shapes);
            fields.writeBooleanField("passed", passed());
            fields.writeArrayFieldStart("devices");
            for (CheckReport report : reports) {
                fields.writeStartObject();
                fields.writeStringField("id", report.device().id());
                fields.writeBooleanField("passed", report.passed());
                fields.writeArrayFieldStart("kernels");
                for (CheckRow row : report.rows()) {
                    write(row, fields);
                }
                fields.writeEndArray();
                fields.writeEndObject();
            }
            fields.writeEndArray();
            list.writeMissing(fields);
        });
    }

    private static void write(CheckRow row, JsonGenerator fields) throws IOException {
        fields.writeStartObject();
        fields.writeStringField("kernel", row.kernel());
        fields.writeStringField("family", row.family().word());
        fields.writeStringField("type", row.type());
        fields.writeStringField("shape", row.shape());
        if (Double.isFinite(row.error())) {
            fields.writeNumberField("error", row.error());
        } else {
            fields.writeNullField("error"); // JSON has no NaN
        }
        fields.writeNumberField("tolerance", row.tolerance());
        fields.writeNumberField("rate", row.rate());
        fields.writeStringField("rateUnit", row.rateUnit());
        fields.writeStringField("verdict", verdict(row).toLowerCase(Locale.ROOT));
        fields.writeStringField("detail", row.detail());
        fields.writeEndObject();
    }
}
