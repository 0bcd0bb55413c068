package dev.qyclone.tasks.kernels;

/** What the kernels know of each layer of a stage, {@link #INTS} integers a layer. */
public final class Layers {
    /** Its place in the stacked weights of the graph that runs it. */
    public static final int SLICE = 0;
    /** Row of the cache where the ring of its first session begins. */
    public static final int FIRST_ROW = 1;
    /** Rows of a session's ring: position j lies in row j % capacity. */
    public static final int CAPACITY = 2;
    /** How many positions a query sees, 0 for all. */
    public static final int WINDOW = 3;
    /** How many there are. */
    public static final int INTS = 4;

    private Layers() {
    }
}
