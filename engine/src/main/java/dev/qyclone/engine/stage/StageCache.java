package dev.qyclone.engine.stage;

/** Keys and values of one session in one stage. */
public interface StageCache extends AutoCloseable {
    /** Positions held. */
    int length();

    /** Forgets all positions from {@code length} on. */
    void truncate(int length);

    /** Memory taken now. */
    long bytes();

    @Override
    void close();
}
