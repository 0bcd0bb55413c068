package dev.qyclone.engine.stage;

import dev.qyclone.engine.error.EngineException;

/** Says where stages go whose device refuses them when they are opened: it is not usable, is full, or was found wrong. */
@FunctionalInterface
public interface Fallback {
    /** Nothing moves: the device's own reason ends the run. */
    Fallback NONE = (placement, device, reason) -> {
        throw reason;
    };

    /**
     * The same model placed without a device, or with fewer of its layers there if it is full. Called each time that a device refuses,
     * with nothing open; whoever answers tells the user.
     *
     * @param placement the one that failed
     * @param device never to be used again in this run; where the reason is OUT_OF_MEMORY, never again for as many layers with as many
     *     copies ({@link StageOptions#repack})
     * @param reason DEVICE_UNAVAILABLE, DEVICE_WRONG, OUT_OF_MEMORY or UNSUPPORTED
     * @throws EngineException if there is no other place, or nothing may move
     */
    Placement without(Placement placement, Device device, EngineException reason);
}
