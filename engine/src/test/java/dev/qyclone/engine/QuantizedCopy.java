package dev.qyclone.engine;

import dev.qyclone.engine.file.GgufFile;
import dev.qyclone.engine.file.GgufWriter;
import dev.qyclone.engine.model.SyntheticModel;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/**
 * Rewrites a GGUF file with its matrices in another type, and with all its metadata; vectors stay as they are. Matrices
 * whose rows are no whole number of blocks take llama.cpp's fallback types.
 */
public final class QuantizedCopy {
    private QuantizedCopy() {
    }

    /** @return {@code target} */
    public static Path write(Path source, Path target, TensorType type) {
        try (GgufFile file = GgufFile.open(source)) {
            GgufWriter writer = new GgufWriter();
            for (String key : file.metadata().keys()) {
                if (!key.equals("general.alignment")) {
                    writer.put(key, writable(file.metadata().get(key)));
                }
            }
            for (Tensor tensor : file.tensors().values()) {
                long[] shape = tensor.shape().stream().mapToLong(Long::longValue).toArray();
                if (shape.length == 1) {
                    writer.tensorOfBlocks(tensor.name(), tensor.type(), shape,
                            (row, bytes) -> MemorySegment.copy(tensor.data(), row * tensor.rowBytes(), bytes, 0, tensor.rowBytes()));
                } else {
                    writer.tensor(tensor.name(), SyntheticModel.storable(type, tensor.cols()), shape,
                            (row, floats) -> tensor.decodeRow(row, floats, 0));
                }
            }
            writer.write(target);
            return target;
        }
    }

    /** A value as the writer takes it, in the type that GGUF readers expect of model files. */
    private static Object writable(Object value) {
        return switch (value) {
            case Long number when number.intValue() == number -> number.intValue();
            case Double number -> number.floatValue();
            case List<?> list when !list.isEmpty() && list.getFirst() instanceof Long ->
                    list.stream().mapToInt(number -> ((Long) number).intValue()).toArray();
            default -> value;
        };
    }
}
