package dev.qyclone.profiles;

/**
 * What the user wants of a plan besides the profile.
 *
 * @param context positions that a session may grow to; 0 where the profile says, or else as many as model and memory allow
 * @param batch rows of the largest call
 * @param sessions that are alive at once
 * @param strict whether nothing may move from the device that it was given
 * @param tuned for {@code auto}; null where nothing was measured
 * @param repack whether the host may keep copies of weights for decode, where its memory holds them
 * @param exact whether the host keeps activations as floats in decode, instead of rounding them where its copies allow it
 */
public record PlanRequest(int context, int batch, int sessions, boolean strict, TunedDevices tuned, boolean repack, boolean exact) {
    public PlanRequest {
        if (context < 0 || batch < 1 || sessions < 1) {
            throw new IllegalArgumentException("context " + context + ", batch " + batch + ", sessions " + sessions);
        }
    }

    /** The host may keep copies of weights for decode, and round activations there. */
    public PlanRequest(int context, int batch, int sessions, boolean strict, TunedDevices tuned) {
        this(context, batch, sessions, strict, tuned, true, false);
    }

    /** One session, a prefill batch, nothing measured. */
    public static PlanRequest of(int context, int batch) {
        return new PlanRequest(context, batch, 1, false, null);
    }

    /** The same for so many positions. */
    public PlanRequest withContext(int positions) {
        return new PlanRequest(positions, batch, sessions, strict, tuned, repack, exact);
    }

    /** The same, moving nothing. */
    public PlanRequest withStrict(boolean value) {
        return new PlanRequest(context, batch, sessions, value, tuned, repack, exact);
    }

    /** The same with what was measured. */
    public PlanRequest withTuned(TunedDevices measured) {
        return new PlanRequest(context, batch, sessions, strict, measured, repack, exact);
    }

    /** The same with or without copies of weights for decode. */
    public PlanRequest withRepack(boolean copies) {
        return new PlanRequest(context, batch, sessions, strict, tuned, copies, exact);
    }

    /** The same with or without rounded activations. */
    public PlanRequest withExact(boolean value) {
        return new PlanRequest(context, batch, sessions, strict, tuned, repack, value);
    }
}
