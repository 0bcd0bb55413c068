package dev.qyclone.engine.stage;

import dev.qyclone.engine.model.Model;

/**
 * A pipeline, and the placement that it was opened with in the end.
 *
 * @param placement the first one that no device refused
 */
public record PlacedPipeline(Pipeline pipeline, Placement placement) {
    /**
     * Opens every stage of a placement on its device; while a device refuses, of the placement that {@code fallback} names instead.
     *
     * @throws dev.qyclone.engine.error.EngineException what the stages or the fallback throw; nothing stays open then
     */
    public static PlacedPipeline open(Model model, Backends backends, Placement placement, Fallback fallback) {
        return new StageOpener(model, backends).open(placement, fallback);
    }
}
