package dev.qyclone.engine.stage;

/** Keys and values of one session in one stage. */
public interface StageCache extends AutoCloseable {
    /** Positions written, those that windowed layers have dropped since included. */
    int length();

    /** The first position whose rows every layer still holds. */
    int firstHeld();

    /** True if every layer still holds all that a query at {@code length} sees; always for 0, never beyond {@link #length()}. */
    boolean canTruncate(int length);

    /**
     * Forgets all positions from {@code length} on.
     *
     * @throws IllegalArgumentException if it {@link #canTruncate cannot}
     */
    void truncate(int length);

    /**
     * Becomes a copy of the first {@code length} positions of another session's cache.
     *
     * @param source opened by the same stage with the same policies and type of keys and values
     * @throws IllegalArgumentException if they do not match, if the source {@link #canTruncate cannot} go there or this has no room
     * @throws dev.qyclone.engine.error.EngineException OUT_OF_MEMORY; what this holds is then undefined until it is truncated to 0
     */
    void copyFrom(StageCache source, int length);

    /** Memory taken now. */
    long bytes();

    @Override
    void close();
}
