package dev.qyclone.profiles;

import dev.qyclone.engine.stage.Placement;
import java.util.List;

/**
 * What the planner decided, before a weight is read.
 *
 * @param context positions that a session may grow to
 * @param rows embedding, runs of layers and output, in order
 * @param totals of each device that is used
 * @param warnings one line each, for the user
 */
public record Plan(Placement placement, int context, List<PlanRow> rows, List<DeviceTotal> totals, List<String> warnings) {
    public Plan {
        rows = List.copyOf(rows);
        totals = List.copyOf(totals);
        warnings = List.copyOf(warnings);
    }
}
