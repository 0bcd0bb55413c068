package dev.qyclone.engine.model;

import com.fasterxml.jackson.databind.JsonNode;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.file.GgufFile;
import dev.qyclone.engine.file.JsonFile;
import dev.qyclone.engine.file.SafetensorsFile;
import dev.qyclone.engine.file.TensorFile;
import java.nio.file.Files;
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
        if (Files.isDirectory(path)) {
            return openFolder(path);
        }
        return new Gguf(GgufFile.open(path));
    }

    private static Folder openFolder(Path folder) {
        Path config = folder.resolve("config.json");
        if (!Files.exists(config)) {
            throw new EngineException(ErrorCode.FILE_NOT_FOUND, folder + " holds no model")
                    .expected("a config.json in it").remedy("name a .gguf file, or a folder with config.json and *.safetensors");
        }
        return new Folder(folder, JsonFile.read(config).root(), SafetensorsFile.openFolder(folder));
    }
}
