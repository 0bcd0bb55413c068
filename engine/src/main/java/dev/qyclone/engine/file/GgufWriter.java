package dev.qyclone.engine.file;

import dev.qyclone.engine.tensor.TensorType;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Writes a GGUF version 3 file: first declare metadata and tensors, then the data streams out in the declared order, so
 * that a file of any size needs memory for one row only. The file appears under its name when it is complete.
 */
public final class GgufWriter {
    /** Fills one row of a tensor with floats before it is encoded. */
    @FunctionalInterface
    public interface RowSource {
        void fill(long row, float[] target);
    }

    private final Map<String, Object> metadata = new LinkedHashMap<>();

    /** Adds a key: Integer is written as u32, Long as u64, Float, Boolean, String, int[] or List of String as arrays. */
    public GgufWriter put(String key, Object value) {
        metadata.put(key, value);
        return this;
    }

    /** Declares a tensor; shape outermost first, as in {@link dev.qyclone.engine.tensor.Tensor}. */
    public GgufWriter tensor(String name, TensorType type, long[] shape, RowSource rows) {
        throw new UnsupportedOperationException("contract only");
    }

    /** Writes everything; on failure nothing is left under that name. */
    public void write(Path path) {
        throw new UnsupportedOperationException("contract only");
    }
}
