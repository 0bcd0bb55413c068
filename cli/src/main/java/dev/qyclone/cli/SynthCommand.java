package dev.qyclone.cli;

import dev.qyclone.engine.model.PublishedShape;
import dev.qyclone.engine.model.SyntheticModel;
import dev.qyclone.engine.tensor.TensorType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Writes a model to measure with. */
@Command(
        name = "synth",
        header = "Write a random-weight GGUF of a published shape, to measure speed without a download.",
        footer = {"", "Example:", "  qyclone synth --shape qwen2-0.5b --type q8_0 -o random-0.5b.gguf"})
final class SynthCommand implements Runnable {
    private final Streams streams;

    @Option(names = "--shape", required = true, paramLabel = "NAME", converter = ShapeConverter.class,
            completionCandidates = ShapeNames.class, description = "One of ${COMPLETION-CANDIDATES}.")
    private PublishedShape shape;

    @Option(names = "--type", required = true, paramLabel = "TYPE",
            description = "Of the matrices, in any case: ${COMPLETION-CANDIDATES}.")
    private TensorType type;

    @Option(names = {"-o", "--output"}, required = true, paramLabel = "FILE",
            description = "The file to write; one that is there is replaced.")
    private Path output;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1",
            description = "The same seed gives the same file. Default: ${DEFAULT-VALUE}")
    private long seed;

    @Option(names = "--quiet", description = "Nothing but errors.")
    private boolean quiet;

    SynthCommand(Streams streams) {
        this.streams = streams;
    }

    /** A published name to its shape. */
    static final class ShapeConverter implements ITypeConverter<PublishedShape> {
        @Override
        public PublishedShape convert(String name) {
            return PublishedShape.ofName(name).orElseThrow(() -> new TypeConversionException(
                    "expected one of " + String.join(", ", PublishedShape.allNames()) + ", got '" + name + "'"));
        }
    }

    /** For help and completion. */
    static final class ShapeNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return PublishedShape.allNames().iterator();
        }
    }

    @Override
    public void run() {
        try (TerminalBar bar = TerminalBar.start(streams, !quiet, "write", " MB", 1_000_000, 0)) {
            SyntheticModel.write(shape, type, seed, output, bar::to);
        }
        if (!quiet) {
            streams.status("wrote " + output + ": " + Amounts.bytes(size()) + ", " + Amounts.count(shape.parameters()) + " parameters");
        }
    }

    private long size() {
        try {
            return Files.size(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
