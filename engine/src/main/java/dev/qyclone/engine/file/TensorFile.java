package dev.qyclone.engine.file;

import dev.qyclone.engine.tensor.Tensor;
import java.nio.file.Path;
import java.util.Map;

/** A file, or a set of files that belong together, with named tensors in it, mapped into memory. */
public sealed interface TensorFile extends AutoCloseable permits GgufFile, SafetensorsFile {
    /** The file or folder that was opened, for messages. */
    Path path();

    /** All tensors by name, in the order of the file; their data lives until {@link #close()}. */
    Map<String, Tensor> tensors();

    @Override
    void close();
}
