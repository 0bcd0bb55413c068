package dev.qyclone.tasks.kernels;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Matrices of one type and shape, one for each layer of a stage, as the product kernels read them: rows interleaved by sixteen, in
 * {@code words} and {@code scales}. Values are those of the file, and so is the memory, within 12 % (plus rows up to the next sixteen).
 */
public final class PackedMatrix {
    /** Rows of a group. */
    public static final int LANES = 16;
    /** Groups that one thread packs at a time. */
    private static final int PART = 64;

    /** Indices are 32 bits wide, and a header takes some. */
    private static final long MOST_ELEMENTS = Integer.MAX_VALUE - 64L;

    private final TensorType type;
    private final int slices;
    private final int rows;
    private final int cols;
    private final RowFormat format;
    private final Rows source;
    private final IntArray words;
    private final FloatArray scales;
    private final boolean inPieces;

    /** Where rows come from. */
    @FunctionalInterface
    public interface Rows {
        /** One row as a tensor of its own, or null for a row of zeros. */
        Tensor row(int slice, int row);
    }

    /**
     * Leaves the packing, row by row, to the arrays' {@link HostArrays#fill}, which fails with
     * BAD_FILE if a half or brain float is not finite; or to the caller, where it is {@link #inPieces}.
     *
     * @param rows of each slice; {@code source} is asked for rows up to the next multiple of {@link #LANES} as well, by any thread
     * @throws EngineException OUT_OF_MEMORY if an array would be longer than arrays can be
     */
    public PackedMatrix(TensorType type, int slices, int rows, int cols, Rows source, HostArrays arrays) {
        this.type = type;
        this.slices = slices;
        this.rows = rows;
        this.cols = cols;
        requireIndexable("weights", type, slices, rows, cols);
        int groups = slices * groups();
        this.format = new RowFormat(type, cols);
        this.source = source;
        this.words = arrays.ints(sized(groups, format.words()));
        this.scales = arrays.floats(sized(groups, format.scales()));
        this.inPieces = arrays.inPieces(bytes());
        if (!inPieces) {
            for (int from = 0; from < groups; from += PART) {
                int first = from;
                arrays.fill(() -> pack(0, first, Math.min(first + PART, groups), words, scales));
            }
        }
    }

    /** Whether it is so large that its arrays stay empty on the host, and {@link #pack} takes their place. */
    public boolean inPieces() {
        return inPieces;
    }

    /** Bytes of its arrays. */
    public long bytes() {
        return words.getNumBytesOfSegment() + scales.getNumBytesOfSegment();
    }

    /**
     * Packs groups {@code [from, to)} of all slices' rows into arrays that begin with group {@code origin}; other threads may pack other
     * groups into them meanwhile.
     *
     * @throws EngineException BAD_FILE if a half or brain float is not finite
     */
    public void pack(int origin, int from, int to, IntArray toWords, FloatArray toScales) {
        RowPacker packer = new RowPacker(format, toWords, toScales);
        for (int group = from; group < to; group++) {
            for (int lane = 0; lane < LANES; lane++) {
                int row = group % groups() * LANES + lane;
                Tensor tensor = source.row(group / groups(), row);
                if (tensor == null) {
                    packer.clear(group - origin, lane);
                } else {
                    packer.pack(tensor, group - origin, lane);
                }
            }
        }
    }

    /** Words of a group. */
    public int groupWords() {
        return LANES * format.words();
    }

    /** Scales of a group. */
    public int groupScales() {
        return LANES * format.scales();
    }

    /** The arrays' bytes for a matrix of this type and shape. */
    public static long bytes(TensorType type, long rows, int cols) {
        RowFormat format = new RowFormat(type, cols);
        return Math.ceilDiv(rows, LANES) * LANES * 4 * (format.words() + format.scales());
    }

    /**
     * Refuses what would be longer than an array can be, before memory is taken.
     *
     * @param what the weights, for the error
     * @throws EngineException OUT_OF_MEMORY
     */
    public static void requireIndexable(String what, TensorType type, long slices, long rows, int cols) {
        RowFormat format = new RowFormat(type, cols);
        long longest = slices * Math.ceilDiv(rows, LANES) * LANES * Math.max(format.words(), format.scales());
        if (longest > MOST_ELEMENTS) {
            throw new EngineException(ErrorCode.OUT_OF_MEMORY, what + " as " + type + " do not fit into one array of a device")
                    .expected("at most 2^31 elements").got(longest)
                    .remedy("give the device its layers in several runs, as a profile with layers: [0-11: ID, 12-23: ID] does");
        }
    }

    /** TornadoVM knows no empty arrays. */
    private static int sized(int groups, int perRow) {
        return Math.max(1, Math.toIntExact((long) groups * LANES * perRow));
    }

    public TensorType type() {
        return type;
    }

    public int slices() {
        return slices;
    }

    /** Which {@link BlockFormat}; 0 for types that are not in blocks. */
    public int format() {
        return new RowFormat(type, cols).format();
    }

    /** Rows of a slice. */
    public int rows() {
        return rows;
    }

    public int cols() {
        return cols;
    }

    /** Groups of sixteen rows in a slice. */
    public int groups() {
        return Math.ceilDiv(rows, LANES);
    }

    public IntArray words() {
        return words;
    }

    public FloatArray scales() {
        return scales;
    }
}
