package dev.qyclone.engine.ops;

import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import java.lang.foreign.MemorySegment;

/**
 * A copy of a quantized matrix for decode, rows interleaved by sixteen: in each vector a lane is a row, so that a product needs no sum
 * over lanes. The same bits as in the file, in another order; where the rows are no multiple of sixteen, rows of zeros follow.
 *
 * <p>Long rows are cut into panels of columns, and a panel of all rows lies behind the other: what a thread reads over and over, the
 * activations and a group's steps, stays in the innermost cache, and weights still come in one stream.
 *
 * <p>Within a panel a group of sixteen rows is, one behind the other and each filled up to a whole cache line:
 * <ul>
 * <li>steps: for each block the sixteen rows' scales side by side, as {@link InterleavedSteps} reads them;
 * <li>nibbles: for each 8 columns sixteen ints, one a row, column n at bits 4n;
 * <li>high bits, of types with 5 or 6 bits: for each 8 columns sixteen bytes, or sixteen shorts, one a row; column n at bit
 *     4 (n mod 2) + n / 2, or at bits 4 (n mod 4) + 2 (n / 4): those of neighbours are as far apart as their nibbles.
 * </ul>
 */
final class InterleavedRows {
    /** Rows of a group. */
    static final int ROWS = 16;
    private static final int LINE = 64;
    /** Columns of which a panel is made: the longest block. */
    private static final int UNIT = 256;
    private static final int MOST_UNITS = 5;

    private final Tensor stored;
    private final boolean exact;
    private final MemorySegment data;
    private final int width;
    private final int panels;

    /**
     * @param exact whether products keep their activations as floats
     * @param data of {@link #bytesOf} the matrix, zeros: {@link InterleavedPacker} fills it
     */
    InterleavedRows(Tensor stored, boolean exact, MemorySegment data) {
        this.stored = stored;
        this.exact = exact;
        this.data = data;
        width = width(stored.cols());
        panels = Math.toIntExact(Math.ceilDiv(stored.cols(), width));
    }

    /** Columns of each panel but the last. */
    private static int width(long cols) {
        long units = Math.ceilDiv(cols, UNIT);
        return Math.toIntExact(Math.ceilDiv(units, Math.ceilDiv(units, MOST_UNITS)) * UNIT);
    }

    /** Bytes that a matrix takes interleaved: a little more than stored; 0 for one that decode reads as it is stored. */
    static long bytesOf(Tensor matrix) {
        boolean reads = switch (matrix.type()) {
            case Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K -> true;
            case F32, F16, BF16, Q8_0 -> false;
        };
        if (!reads || matrix.rows() < ROWS) {
            return 0;
        }
        long width = width(matrix.cols());
        long panels = Math.ceilDiv(matrix.cols(), width);
        long group = (panels - 1) * groupBytes(matrix.type(), width)
                + groupBytes(matrix.type(), matrix.cols() - (panels - 1) * width);
        // There is no vector of four bytes: the last one may be read beyond the end.
        return Math.ceilDiv(matrix.rows(), ROWS) * group + LINE;
    }

    private static long groupBytes(TensorType type, long cols) {
        return lines(stepBytes(type, cols)) + lines(ROWS * cols / 2) + lines(ROWS * cols * highBits(type) / 8);
    }

    private static long stepBytes(TensorType type, long cols) {
        return ROWS * cols / type.blockSize() * stepBytes(type);
    }

    /** Bytes of a block that are no quants; a scale of six bits takes a byte. */
    private static int stepBytes(TensorType type) {
        int stored = type.blockBytes() - type.blockSize() * (4 + highBits(type)) / 8;
        return type == TensorType.Q4_K || type == TensorType.Q5_K ? stored + 4 : stored;
    }

    /** Bits of a quant besides its nibble. */
    private static int highBits(TensorType type) {
        return switch (type) {
            case Q5_0, Q5_1, Q5_K -> 1;
            case Q6_K -> 2;
            case F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q4_K -> 0;
        };
    }

    private static long lines(long bytes) {
        return Math.ceilDiv(bytes, LINE) * LINE;
    }

    Tensor stored() {
        return stored;
    }

    /** Whether products keep their activations as floats; else they round them ({@link RoundedActivations}). */
    boolean exact() {
        return exact;
    }

    MemorySegment data() {
        return data;
    }

    int groups() {
        return Math.toIntExact(Math.ceilDiv(stored.rows(), ROWS));
    }

    int panels() {
        return panels;
    }

    /** First column of a panel. */
    int from(int panel) {
        return panel * width;
    }

    /** Columns of a panel. */
    int cols(int panel) {
        return Math.toIntExact(Math.min(width, stored.cols() - from(panel)));
    }

    /** Byte where the steps of a group begin. */
    long steps(int panel, int group) {
        return groups() * (panel * groupBytes(stored.type(), width)) + group * groupBytes(stored.type(), cols(panel));
    }

    /** Byte where the nibbles of a group begin. */
    long nibbles(int panel, int group) {
        return steps(panel, group) + lines(stepBytes(stored.type(), cols(panel)));
    }

    /** Byte where the high bits of a group begin. */
    long highs(int panel, int group) {
        return nibbles(panel, group) + ROWS * cols(panel) / 2;
    }
}
