package dev.qyclone.engine.file;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.tensor.Blocks;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * Writes a GGUF version 3 file: first declare metadata and tensors, then the data streams out in the declared order, so
 * that a file of any size needs memory for a few rows only. The file appears under its name when it is complete.
 */
public final class GgufWriter {
    /** Fills one row of a tensor with floats before it is encoded. */
    @FunctionalInterface
    public interface RowSource {
        void fill(long row, float[] target);
    }

    /** Fills one row of a tensor with bytes that are encoded already. */
    @FunctionalInterface
    public interface BlockSource {
        /** @param target exactly one row, with any contents */
        void fill(long row, MemorySegment target);
    }

    private record Declared(String name, TensorType type, long[] shape, BlockSource rows) {
        long bytes() {
            return Tensor.bytesOf(name, type, shape);
        }

        long rowBytes() {
            return type.bytes(shape[shape.length - 1]);
        }
    }

    private static final int ALIGNMENT = 32;
    private static final int LONGEST_TENSOR_NAME = 64;
    private static final long BATCH_BYTES = 1 << 20;

    private final Map<String, Object> metadata = new LinkedHashMap<>();
    private final Map<String, Declared> tensors = new LinkedHashMap<>();

    /**
     * Adds a key. Integer is written as u32 (negative ones as i32), Long as u64 (i64), Float, Double, Boolean, String;
     * int[] and float[] as arrays of i32 and f32, a List as an array of strings.
     *
     * @throws EngineException if the value is of another type
     */
    public GgufWriter put(String key, Object value) {
        if (!GgufHeadBytes.canHold(value)) {
            throw new EngineException(ErrorCode.BAD_REQUEST, "the value of " + key + " cannot be written to a GGUF file")
                    .expected("a number, a boolean, a string, int[], float[] or a list of strings").got(value);
        }
        if (key.equals("general.alignment")) {
            throw new EngineException(ErrorCode.BAD_REQUEST, "the alignment of a GGUF file is not a choice").expected(ALIGNMENT).got(value);
        }
        metadata.put(key, value);
        return this;
    }

    /** Declares a tensor of encoded floats; shape outermost first, as in {@link Tensor}. */
    public GgufWriter tensor(String name, TensorType type, long[] shape, RowSource rows) {
        float[] floats = new float[Math.toIntExact(shape[shape.length - 1])];
        return tensorOfBlocks(name, type, shape, (row, target) -> {
            rows.fill(row, floats);
            Blocks.encode(type, floats, 0, target, 0, floats.length);
        });
    }

    /** Declares a tensor whose rows come as stored bytes; shape outermost first, as in {@link Tensor}. */
    public GgufWriter tensorOfBlocks(String name, TensorType type, long[] shape, BlockSource rows) {
        Declared declared = new Declared(name, type, shape.clone(), rows);
        // Refuses shapes that do not fit the type.
        declared.bytes();
        if (name.isEmpty() || name.length() > LONGEST_TENSOR_NAME) {
            throw new EngineException(ErrorCode.BAD_REQUEST, "a tensor's name is impossible")
                    .expected("1 to " + LONGEST_TENSOR_NAME + " characters").got(name);
        }
        if (tensors.put(name, declared) != null) {
            throw new EngineException(ErrorCode.BAD_REQUEST, "tensor " + name + " is declared twice");
        }
        return this;
    }

    /**
     * Writes everything; on failure nothing is left, and a file that was there before is untouched.
     *
     * @throws EngineException if the folder is missing, the disk is too full, or writing fails
     */
    public void write(Path path) {
        Path target = path.toAbsolutePath();
        if (Files.isDirectory(target) || !Files.isDirectory(target.getParent())) {
            throw new EngineException(ErrorCode.WRITE_FAILED, path + " cannot be written")
                    .expected("a file in a folder that exists")
                    .got(Files.isDirectory(target) ? "a folder" : "no folder " + target.getParent());
        }
        Path part = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + ".part");
        try {
            ByteBuffer head = head();
            checkSpace(path, target.getParent(), head.remaining());
            // Where the process is told to stop, the block below does not run.
            part.toFile().deleteOnExit();
            try (FileChannel channel = FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                drain(head, channel);
                for (Declared tensor : tensors.values()) {
                    stream(tensor, channel);
                }
            }
            move(part, target);
        } catch (IOException e) {
            throw new EngineException(ErrorCode.WRITE_FAILED, path + " cannot be written: " + e, e);
        } finally {
            // After a success it is not there any more.
            deleteIfExists(part);
        }
    }

    private ByteBuffer head() {
        GgufHeadBytes head = new GgufHeadBytes();
        head.u32(GgufParser.MAGIC).u32(3).u64(tensors.size()).u64(metadata.size());
        metadata.forEach((key, value) -> head.string(key).value(value));
        long offset = 0;
        for (Declared tensor : tensors.values()) {
            head.string(tensor.name).u32(tensor.shape.length);
            for (int i = tensor.shape.length - 1; i >= 0; i--) {
                head.u64(tensor.shape[i]);
            }
            head.u32(tensor.type.ggmlId()).u64(offset);
            offset = aligned(offset + tensor.bytes());
        }
        return head.padded(ALIGNMENT);
    }

    private void checkSpace(Path path, Path folder, long headBytes) throws IOException {
        long needed = headBytes;
        for (Declared tensor : tensors.values()) {
            needed += aligned(tensor.bytes());
        }
        long free = Files.getFileStore(folder).getUsableSpace();
        if (needed > free) {
            throw new EngineException(ErrorCode.WRITE_FAILED, "there is no room for " + path)
                    .expected(needed + " free bytes").got(free).remedy("free some space or choose another disk");
        }
    }

    private static void stream(Declared tensor, FileChannel channel) throws IOException {
        long rowBytes = tensor.rowBytes();
        long rows = tensor.bytes() / rowBytes;
        long rowsPerBatch = Math.clamp(BATCH_BYTES / rowBytes, 1, rows);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment batch = arena.allocate(rowsPerBatch * rowBytes);
            for (long row = 0; row < rows; row += rowsPerBatch) {
                long filled = Math.min(rowsPerBatch, rows - row);
                for (long i = 0; i < filled; i++) {
                    tensor.rows.fill(row + i, batch.asSlice(i * rowBytes, rowBytes));
                }
                drain(batch.asSlice(0, filled * rowBytes).asByteBuffer(), channel);
            }
        }
        drain(ByteBuffer.allocate((int) (aligned(tensor.bytes()) - tensor.bytes())), channel);
    }

    private static void drain(ByteBuffer bytes, FileChannel channel) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private static void move(Path part, Path target) throws IOException {
        try {
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static void deleteIfExists(Path part) {
        try {
            Files.deleteIfExists(part);
        } catch (IOException e) {
            throw new EngineException(ErrorCode.WRITE_FAILED, "the unfinished file " + part + " cannot be removed: " + e, e);
        }
    }

    private static long aligned(long offset) {
        return (offset + ALIGNMENT - 1) & -ALIGNMENT;
    }
}
