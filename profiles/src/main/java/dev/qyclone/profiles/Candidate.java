package dev.qyclone.profiles;

import dev.qyclone.engine.stage.Device;

/**
 * A device that something may run on.
 *
 * @param why that would be, for the reason
 */
record Candidate(Device device, Standing standing, String why) {
    /** What it means that something runs there. */
    enum Standing {
        /** As it was wished. */
        WISHED,
        /** The planner's own next choice, where the one before has no room. */
        NEXT,
        /** It moved along the profile's fallback: not under {@code --strict}. */
        FALLBACK
    }

    /** @param refusal why it is not where it was wished; said of one that is not */
    String reason(String refusal) {
        return standing == Standing.WISHED || refusal.isEmpty() ? why : why + ": " + refusal;
    }
}
