package dev.qyclone.tasks.kernels;

/**
 * What {@link RowProducts} know of their matrix, as integers of an array and not of the kernel's arguments: TornadoVM files what is
 * synthesized for an FPGA under the kernel's name alone, and what is compiled into one product would run in all of that name.
 */
public final class RowSizes {
    /** Rows of a slice. */
    public static final int ROWS = 0;
    /** Columns. */
    public static final int COLS = 1;
    /** Where its results begin in the output. */
    public static final int OUT_AT = 2;
    /** As in {@link Role}. */
    public static final int FLAGS = 3;
    /** How many there are. */
    public static final int INTS = 4;

    private RowSizes() {
    }
}
