package dev.qyclone.bench.study;

import java.util.List;

/**
 * One run on one machine, to which cells belong.
 *
 * @param label of the machine, told apart from those of other runs in the same file
 * @param complete false where the run was ended before it was through
 * @param began and ended: ISO 8601, UTC
 * @param model the file's or folder's name
 * @param modelType such as {@code qwen2 494M Q8_0}
 * @param limits of the devices, as measured
 */
public record RunFacts(
        String label, boolean complete, String began, String ended, String model, String modelType, long modelBytes, long parameters,
        StudySettings settings, Environment environment, List<DeviceLimits> limits) {
    public RunFacts {
        limits = List.copyOf(limits);
        if (label.isBlank()) {
            throw new IllegalArgumentException("a run without a label");
        }
    }

    /** The same under another label. */
    public RunFacts labelled(String other) {
        return new RunFacts(other, complete, began, ended, model, modelType, modelBytes, parameters, settings, environment, limits);
    }
}
