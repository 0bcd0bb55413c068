package dev.qyclone.engine.file;

import dev.qyclone.engine.tensor.Tensor;
import java.nio.file.Path;
import java.util.Map;

/** A GGUF file of version 2 or 3, little-endian, whole or split into {@code -00001-of-000NN.gguf} parts. */
public final class GgufFile implements TensorFile {
    private GgufFile() {
    }

    /** Opens and checks a file; the first part of a split file brings the others. */
    public static GgufFile open(Path path) {
        throw new UnsupportedOperationException("contract only");
    }

    /** True if the file starts with GGUF's magic number. */
    public static boolean looksLikeGguf(Path path) {
        throw new UnsupportedOperationException("contract only");
    }

    public Metadata metadata() {
        throw new UnsupportedOperationException("contract only");
    }

    @Override
    public Path path() {
        throw new UnsupportedOperationException("contract only");
    }

    @Override
    public Map<String, Tensor> tensors() {
        throw new UnsupportedOperationException("contract only");
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException("contract only");
    }
}
