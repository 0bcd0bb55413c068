package dev.qyclone.bench;

import dev.qyclone.engine.model.PublishedShape;
import dev.qyclone.engine.model.SyntheticModel;
import dev.qyclone.engine.tensor.TensorType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A model of a published shape with random weights, in a temporary file until it is closed. */
record SyntheticFile(Path path) implements AutoCloseable {
    /** @throws IllegalArgumentException if there is no such shape */
    static SyntheticFile of(String shape, TensorType type) {
        PublishedShape published = PublishedShape.ofName(shape)
                .orElseThrow(() -> new IllegalArgumentException("no shape " + shape + "; there are " + PublishedShape.allNames()));
        try {
            Path path = Files.createTempFile("qyclone-bench-", ".gguf");
            SyntheticModel.write(published, type, 1, path, (written, total) -> { });
            return new SyntheticFile(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(path);
    }
}
