package dev.qyclone.engine.stage;

import java.util.List;

/** What a device's self-check found. */
public record CheckReport(Device device, List<CheckRow> rows) {
    public CheckReport {
        rows = List.copyOf(rows);
    }

    /** The rows that are not OK. */
    public List<CheckRow> faults() {
        return rows.stream().filter(row -> row.verdict() != CheckRow.Verdict.OK).toList();
    }

    /** True if every kernel is right. */
    public boolean passed() {
        return faults().isEmpty();
    }
}
