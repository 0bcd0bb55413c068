package dev.qyclone.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Which model, where one must be named. */
final class ModelOption {
    @Option(names = {"-m", "--model"}, required = true, paramLabel = "MODEL",
            description = "A .gguf file, or a folder with config.json.")
    Path path;
}
