package dev.qyclone.profiles;

import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KvType;

/**
 * What a rule says of its layers besides where they run.
 *
 * @param kv how keys and values are kept; null where the profile's own holds
 * @param window positions that a query sees; 0 for all, {@link #UNSAID} where the model's own holds
 */
public record LayerOptions(KvType kv, int window, KernelChoice kernels) {
    /** Nothing is said. */
    public static final int UNSAID = -1;
    /** A rule that only says where. */
    public static final LayerOptions NONE = new LayerOptions(null, UNSAID, KernelChoice.AUTO);

    public LayerOptions {
        if (window < UNSAID) {
            throw new IllegalArgumentException("window " + window);
        }
    }
}
