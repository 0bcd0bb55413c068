package dev.qyclone.tasks.kernels;

/** What the host says of one call, as integers that every kernel can read. */
public final class Call {
    /** Position of the first row. */
    public static final int POSITION = 0;
    /** Rows that count; those behind are padding. */
    public static final int TOKENS = 1;
    /** Length of Dual Chunk Attention's chunks, or 0. */
    public static final int CHUNK = 2;
    /** Which session's rows of the cache. */
    public static final int SLOT = 3;
    /** How many there are. */
    public static final int INTS = 4;

    private Call() {
    }
}
