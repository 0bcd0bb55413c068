package dev.qyclone.tasks.kernels;

/**
 * Which layer of the stage runs, kept on the device so that a token needs one upload and not one per layer. Two cells: no kernel
 * writes the cell that its own items read.
 */
public final class Cursor {
    /** Read by the steps up to {@code rope}, written by {@code attention}. */
    public static final int NEXT = 0;
    /** Written by {@code rope}, read by the steps after it. */
    public static final int CURRENT = 1;
    /** How many cells there are. */
    public static final int INTS = 2;

    private Cursor() {
    }
}
