package dev.qyclone.engine.file;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.tensor.Tensor;
import java.nio.file.Path;
import java.util.Map;

/** A file, or a set of files that belong together, with named tensors in it, mapped into memory. */
public sealed interface TensorFile extends AutoCloseable permits GgufFile, SafetensorsFile {
    /** The file or folder that was opened, for messages. */
    Path path();

    /** All tensors that the engine reads by name, in the order of the file; their data lives until {@link #close()}. */
    Map<String, Tensor> tensors();

    /**
     * One tensor.
     *
     * @throws EngineException if there is none of this name, or if its type is one that the engine does not read
     */
    default Tensor require(String name) {
        Tensor tensor = tensors().get(name);
        if (tensor == null) {
            throw new EngineException(ErrorCode.BAD_MODEL, path().getFileName() + ": tensor " + name + " is missing")
                    .remedy("convert or download the model again");
        }
        return tensor;
    }

    /** Unmaps the file: its tensors must not be used any more. A second call does nothing. */
    @Override
    void close();
}
