package dev.qyclone.bench.study.run;

import dev.qyclone.bench.study.Cell;
import dev.qyclone.bench.study.CellTarget;
import dev.qyclone.bench.study.Environment;
import dev.qyclone.bench.study.StudySettings;
import java.nio.file.Path;
import java.util.List;

/**
 * What a run is to measure.
 *
 * @param label of the machine
 * @param targets in the order of the report; types one after another
 * @param known rows that are known not to run, such as those of missing backends
 * @param cacheFolder where backends keep what they found out about devices; null to keep nothing
 * @param driverCaches where drivers keep kernels
 * @param scratch a folder for converted weights and logits, which are removed again
 * @param crashes a folder where a cell's JVM that crashes leaves its report, which stays
 */
public record StudyRequest(
        String label, Path model, StudySettings settings, Environment environment, List<CellTarget> targets, List<Cell> known,
        Path cacheFolder, List<DriverCache> driverCaches, Path scratch, Path crashes) {
    public StudyRequest {
        targets = List.copyOf(targets);
        known = List.copyOf(known);
        driverCaches = List.copyOf(driverCaches);
    }
}
