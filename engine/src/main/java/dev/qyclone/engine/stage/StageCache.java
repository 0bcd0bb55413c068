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

    /** Memory taken now. */
    long bytes();

    @Override
    void close();
}
