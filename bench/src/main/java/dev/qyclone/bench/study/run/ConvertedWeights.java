package dev.qyclone.bench.study.run;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.FeedForward;
import dev.qyclone.engine.model.LayerWeights;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.SyntheticModel;
import dev.qyclone.engine.tensor.Blocks;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * The same model with its matrices stored in another type. Their blocks lie one behind the other in a file of no format, in the order in
 * which {@link #rebuilt} goes over them; all else is read from the model's own files. Norms, biases and routers keep their type.
 */
final class ConvertedWeights {
    private static final int ALIGNMENT = 64;
    private static final int ROWS_AT_ONCE = 256;

    private ConvertedWeights() {
    }

    /**
     * Whether a model's matrices can take a type. Those whose rows are no whole number of blocks take llama.cpp's substitute, as long as
     * others take the type itself.
     *
     * @throws EngineException UNSUPPORTED
     */
    static void requirePossible(Model stored, TensorType type) {
        boolean[] any = new boolean[1];
        rebuilt(stored, matrix -> {
            any[0] |= SyntheticModel.storable(type, matrix.cols()) == type;
            return matrix;
        });
        if (!any[0]) {
            throw new EngineException(ErrorCode.UNSUPPORTED, "the matrices cannot be stored as " + type)
                    .expected("rows of a multiple of " + type.blockSize() + " elements").got("rows of " + stored.config().dim());
        }
    }

    /** True if every matrix has the type already, or what would be put in its place. */
    static boolean isAlready(Model stored, TensorType type) {
        boolean[] all = {true};
        rebuilt(stored, matrix -> {
            all[0] &= matrix.type() == SyntheticModel.storable(type, matrix.cols());
            return matrix;
        });
        return all[0];
    }

    /**
     * Writes the blocks of all matrices.
     *
     * @throws EngineException WRITE_FAILED, before anything is written if there is no room for them
     */
    static void write(Model stored, TensorType type, Path file) {
        requireRoom(type, bytes(stored, type), file);
        try {
            encode(stored, type, file);
        } catch (IOException | UncheckedIOException e) {
            throw notWritten(type, file, e.getMessage(), e);
        } catch (InternalError e) { // how Java tells that a mapped page could not be had
            throw notWritten(type, file, "a fault of mapped memory, such as on a disk that has become full", e);
        }
    }

    private static EngineException notWritten(TensorType type, Path file, String got, Throwable e) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException again) {
            e.addSuppressed(again);
        }
        return new EngineException(ErrorCode.WRITE_FAILED, "the weights as " + type + " cannot be written to " + file, e).got(got);
    }

    private static void requireRoom(TensorType type, long needed, Path file) {
        long free;
        try {
            free = Files.getFileStore(file.toAbsolutePath().getParent()).getUsableSpace();
        } catch (IOException e) {
            throw notWritten(type, file, e.getMessage(), e);
        }
        requireRoom(type, needed, free, file);
    }

    /** A mapped file has no blocks before it is written, and then it is too late for an error that says what is missing. */
    static void requireRoom(TensorType type, long needed, long free, Path file) {
        if (needed > free) {
            throw new EngineException(ErrorCode.WRITE_FAILED, "the weights as " + type + " need " + words(needed) + " on the disk of "
                    + file).got(words(free) + " free").remedy("name a folder on a larger one with -o, or leave out the type");
        }
    }

    private static String words(long bytes) {
        return String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1 << 20));
    }

    /** Of the file that {@link #write} makes. */
    static long bytes(Model stored, TensorType type) {
        long[] at = new long[1];
        rebuilt(stored, matrix -> {
            at[0] = next(at[0], SyntheticModel.storable(type, matrix.cols()).bytes(matrix.elements()));
            return matrix;
        });
        return at[0];
    }

    private static void encode(Model stored, TensorType type, Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long[] at = new long[1];
            rebuilt(stored, matrix -> {
                TensorType target = SyntheticModel.storable(type, matrix.cols());
                long bytes = target.bytes(matrix.elements());
                try (Arena arena = Arena.ofShared()) {
                    encode(matrix, target, channel.map(FileChannel.MapMode.READ_WRITE, at[0], bytes, arena));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                at[0] = next(at[0], bytes);
                return matrix;
            });
        }
    }

    private static void encode(Tensor matrix, TensorType target, MemorySegment blocks) {
        int cols = Math.toIntExact(matrix.cols());
        long rows = matrix.elements() / cols;
        long rowBytes = target.bytes(cols);
        int parts = Math.toIntExact(Math.ceilDiv(rows, ROWS_AT_ONCE));
        IntStream.range(0, parts).parallel().forEach(part -> {
            float[] row = new float[cols];
            for (long r = (long) part * ROWS_AT_ONCE; r < Math.min(rows, (part + 1L) * ROWS_AT_ONCE); r++) {
                matrix.decodeRow(r, row, 0);
                Blocks.encode(target, row, 0, blocks, r * rowBytes, cols);
            }
        });
    }

    /** The model over what {@link #write} wrote. The mapping ends when nobody uses it any more. */
    static Model over(Model stored, TensorType type, Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            MemorySegment all = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
            long[] at = new long[1];
            return rebuilt(stored, matrix -> {
                TensorType target = SyntheticModel.storable(type, matrix.cols());
                long bytes = target.bytes(matrix.elements());
                long[] shape = matrix.shape().stream().mapToLong(Long::longValue).toArray();
                Tensor converted = new Tensor(matrix.name(), target, shape, all.asSlice(at[0], bytes));
                at[0] = next(at[0], bytes);
                return converted;
            });
        } catch (IOException e) {
            throw new EngineException(ErrorCode.FILE_NOT_FOUND, "the weights as " + type + " cannot be read from " + file, e)
                    .got(e.getMessage());
        }
    }

    private static long next(long at, long bytes) {
        return Math.ceilDiv(at + bytes, ALIGNMENT) * ALIGNMENT;
    }

    /** The model with each matrix replaced, in an order that is always the same. */
    private static Model rebuilt(Model model, UnaryOperator<Tensor> matrix) {
        Tensor embedding = matrix.apply(model.tokenEmbedding());
        List<LayerWeights> layers = model.layers().stream().map(layer -> layer(layer, matrix)).toList();
        Tensor output = model.tied() ? embedding : matrix.apply(model.output());
        return new Model(model.source(), model.config(), embedding, layers, model.outputNorm(), output);
    }

    private static LayerWeights layer(LayerWeights layer, UnaryOperator<Tensor> matrix) {
        FeedForward ffn = switch (layer.ffn()) {
            case FeedForward.Dense dense -> dense(dense, matrix);
            case FeedForward.Mixture mixture -> new FeedForward.Mixture(mixture.router(),
                    mixture.experts().stream().map(expert -> dense(expert, matrix)).toList(), mixture.sharedGate(),
                    dense(mixture.shared(), matrix));
        };
        return new LayerWeights(layer.attnNorm(), matrix.apply(layer.q()), layer.qBias(), matrix.apply(layer.k()), layer.kBias(),
                matrix.apply(layer.v()), layer.vBias(), matrix.apply(layer.attnOut()), layer.ffnNorm(), ffn);
    }

    private static FeedForward.Dense dense(FeedForward.Dense dense, UnaryOperator<Tensor> matrix) {
        return new FeedForward.Dense(matrix.apply(dense.gate()), matrix.apply(dense.up()), matrix.apply(dense.down()));
    }
}
