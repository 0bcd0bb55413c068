package dev.qyclone.tasks.kernels;

/**
 * What a product does besides multiplying, as bits of one integer that every product kernel takes. TornadoVM compiles a kernel anew
 * for each task with the task's integers as constants, so that what a role does not need is not in its code.
 */
public final class Role {
    /** The input is divided by its root mean square and multiplied with the norm's weights. */
    public static final int NORMED = 1;
    /** A bias is added. */
    public static final int BIASED = 2;
    /** The result is added to what {@code out} holds. */
    public static final int ADDED = 4;
    /** Rows come in groups of eight gates and their eight ups: silu(gate) · up comes out, half as many as rows. */
    public static final int GATED = 8;
    /** The result is multiplied with silu of what {@code out} holds: for ups whose gates are of another type. */
    public static final int GATING = 16;
    /** The layer is {@link Cursor#CURRENT}, otherwise {@link Cursor#NEXT}. */
    public static final int CURRENT_LAYER = 32;
    /** From this bit on: which of a kernel's formats. */
    public static final int FORMAT_SHIFT = 8;

    private Role() {
    }
}
