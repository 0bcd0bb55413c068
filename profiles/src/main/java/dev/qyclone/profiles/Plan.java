package dev.qyclone.profiles;

import dev.qyclone.engine.stage.Placement;
import java.util.List;

/**
 * What the planner decided, before a weight is read.
 *
 * @param context positions that a session may grow to
 * @param warnings one line each, for the user
 */
public record Plan(Placement placement, int context, List<String> warnings) {
    public Plan {
        warnings = List.copyOf(warnings);
    }
}
