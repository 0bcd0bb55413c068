package dev.qyclone.engine.stage;

import java.util.List;

/** What a device's self-check found. */
public record CheckReport(Device device, List<CheckRow> rows) {
    public CheckReport {
        rows = List.copyOf(rows);
    }

    /** True if every kernel is right. */
    public boolean passed() {
        return rows.stream().allMatch(row -> row.verdict() == CheckRow.Verdict.OK);
    }
}
