package dev.qyclone.engine.stage;

/**
 * Which kernels a stage runs.
 *
 * @param workGroup items in a work-group; 0 where the backend chooses
 */
public record KernelChoice(KernelFamily family, int workGroup) {
    /** The backend chooses all. */
    public static final KernelChoice AUTO = new KernelChoice(KernelFamily.AUTO, 0);

    public KernelChoice {
        if (workGroup < 0) {
            throw new IllegalArgumentException("workGroup " + workGroup + " < 0");
        }
    }
}
