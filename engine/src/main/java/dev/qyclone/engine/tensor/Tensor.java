package dev.qyclone.engine.tensor;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * A named, read-only block of weights. The shape is outermost first, so a matrix is (rows = out, cols = in) and its
 * rows lie one behind the other; stacked matrices (the experts of a mixture) are (count, rows, cols).
 * Nothing is assumed about the alignment of {@code data}.
 */
public final class Tensor {
    private final String name;
    private final TensorType type;
    private final long[] shape;
    private final MemorySegment data;

    /**
     * @param shape 1 to 4 positive sizes, outermost first; the last is a multiple of the type's block size
     * @param data exactly the bytes of the tensor
     * @throws EngineException if shape, type and data do not belong together
     */
    public Tensor(String name, TensorType type, long[] shape, MemorySegment data) {
        this.name = name;
        this.type = type;
        this.shape = shape.clone();
        this.data = data;
        long bytes = bytesOf(name, type, shape);
        if (data.byteSize() != bytes) {
            throw new EngineException(ErrorCode.BAD_FILE, "tensor " + name + " has the wrong size")
                    .expected(bytes + " bytes for " + type + Arrays.toString(shape)).got(data.byteSize());
        }
    }

    /**
     * Bytes that a tensor of this type and shape takes.
     *
     * @throws EngineException if the shape is empty, not positive, too large for 64 bits or not a whole number of blocks
     */
    public static long bytesOf(String name, TensorType type, long[] shape) {
        if (shape.length == 0 || shape.length > 4 || Arrays.stream(shape).anyMatch(size -> size <= 0)) {
            throw new EngineException(ErrorCode.BAD_FILE, "tensor " + name + " has an impossible shape")
                    .expected("1 to 4 positive sizes").got(Arrays.toString(shape));
        }
        if (shape[shape.length - 1] % type.blockSize() != 0) {
            throw new EngineException(ErrorCode.BAD_FILE, "tensor " + name + " has rows that are no whole number of blocks")
                    .expected("a multiple of " + type.blockSize() + " for " + type).got(shape[shape.length - 1]);
        }
        try {
            long elements = 1;
            for (long size : shape) {
                elements = Math.multiplyExact(elements, size);
            }
            return type.bytes(elements);
        } catch (ArithmeticException e) {
            throw new EngineException(ErrorCode.BAD_FILE, "tensor " + name + " is too large", e)
                    .expected("less than 2^63 bytes").got(Arrays.toString(shape));
        }
    }

    public String name() {
        return name;
    }

    public TensorType type() {
        return type;
    }

    /** The sizes, outermost first. */
    public List<Long> shape() {
        return Arrays.stream(shape).boxed().toList();
    }

    /** Length of the innermost dimension: the inputs of a matrix, the elements of a vector. */
    public long cols() {
        return shape[shape.length - 1];
    }

    /** How many rows of {@link #cols()} elements there are in all: the outputs of a matrix, 1 for a vector. */
    public long rows() {
        return elements() / cols();
    }

    public long elements() {
        long elements = 1;
        for (long size : shape) {
            elements *= size;
        }
        return elements;
    }

    public long bytes() {
        return data.byteSize();
    }

    /** Bytes of one row. */
    public long rowBytes() {
        return type.bytes(cols());
    }

    /** The stored bytes: read-only, at any alignment, alive as long as the file they are mapped from. */
    public MemorySegment data() {
        return data;
    }

    /** Part {@code index} along the outermost dimension of a stack, without copying. */
    public Tensor slice(long index) {
        long[] inner = Arrays.copyOfRange(shape, 1, shape.length);
        long size = bytes() / shape[0];
        return new Tensor(name + "[" + index + "]", type, inner, data.asSlice(index * size, size));
    }

    /** Rows {@code [from, from + count)} of a matrix, or elements of a vector, without copying. */
    public Tensor rows(long from, long count) {
        long bytesEach = shape.length == 1 ? type.bytes(1) : rowBytes();
        long[] part = shape.clone();
        part[0] = count;
        return new Tensor(name + "[" + from + ".." + (from + count) + ")", type, part, data.asSlice(from * bytesEach, count * bytesEach));
    }

    /** Decodes one row into {@code target[at .. at + cols)}. */
    public void decodeRow(long row, float[] target, int at) {
        Blocks.decode(type, data, row * rowBytes(), target, at, Math.toIntExact(cols()));
    }

    /** All elements as floats, for vectors such as norms and biases. */
    public float[] toFloats() {
        float[] floats = new float[Math.toIntExact(elements())];
        Blocks.decode(type, data, 0, floats, 0, floats.length);
        return floats;
    }

    @Override
    public String toString() {
        return name + " " + type + Arrays.toString(shape);
    }
}
