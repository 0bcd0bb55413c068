package dev.qyclone.engine.model;

import com.fasterxml.jackson.databind.JsonNode;
import dev.qyclone.engine.file.GgufFile;
import dev.qyclone.engine.file.SafetensorsFile;
import dev.qyclone.engine.file.TensorFile;
import java.nio.file.Path;

/** Where a model comes from: a GGUF file, or a Hugging Face folder. Both open with {@link #open}. */
public sealed interface ModelSource extends AutoCloseable {
    /** The file or folder that was named. */
    Path path();

    TensorFile weights();

    @Override
    default void close() {
        weights().close();
    }

    /** A GGUF file brings everything in its metadata. */
    record Gguf(GgufFile file) implements ModelSource {
        @Override
        public Path path() {
            return file.path();
        }

        @Override
        public TensorFile weights() {
            return file;
        }
    }

    /** A folder with config.json, safetensors, and the tokenizer's files beside them. */
    record Folder(Path path, JsonNode config, SafetensorsFile weights) implements ModelSource {
    }

    /** Opens a {@code .gguf} file (by its content, not its name) or a folder with a config.json. */
    static ModelSource open(Path path) {
        throw new UnsupportedOperationException("contract only");
    }
}
