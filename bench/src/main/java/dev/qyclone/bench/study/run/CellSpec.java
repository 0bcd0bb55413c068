package dev.qyclone.bench.study.run;

import dev.qyclone.bench.study.CellTarget;
import dev.qyclone.bench.study.StudySettings;

/**
 * All that a cell's JVM must know.
 *
 * @param model file or folder
 * @param converted the file with its weights in the target's type; null where they are used as they are stored
 * @param cacheFolder where backends keep what they found out about devices; null to keep nothing
 * @param startMillis when its JVM was started, since 1970; 0 where it has none of its own
 */
public record CellSpec(
        String model, CellTarget target, String converted, StudySettings settings, String cacheFolder, long startMillis) {
    /** The same for a JVM that starts now. */
    public CellSpec startedAt(long millis) {
        return new CellSpec(model, target, converted, settings, cacheFolder, millis);
    }
}
