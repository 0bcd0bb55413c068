package dev.qyclone.engine.file;

import dev.qyclone.engine.tensor.Tensor;
import java.nio.file.Path;
import java.util.Map;

/** The weights of a Hugging Face folder: {@code model.safetensors}, or the shards that {@code model.safetensors.index.json} names. */
public final class SafetensorsFile implements TensorFile {
    private SafetensorsFile() {
    }

    /** Opens and checks the weights in a folder. */
    public static SafetensorsFile openFolder(Path folder) {
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
