package dev.qyclone.peers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * llama3.java, from a source file that the user has. It has a process of its own, since the Vector API's speed depends on what else
 * a JVM has compiled, and no other engine's code should decide over its.
 */
final class Llama3Java implements Contestant {
    private final Path folder;
    private final Process process;
    private final PrintWriter toWorker;
    private final BufferedReader fromWorker;

    /** @param source Llama3.java, as published */
    Llama3Java(Path source, Path file, int threads, int context) {
        try {
            folder = Files.createTempDirectory("qyclone-peers");
            Path renamed = folder.resolve("llama.gguf");
            Llama3File.write(file, renamed);
            process = new ProcessBuilder(command(source, renamed, threads, context)).redirectError(folder.resolve("log").toFile()).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        toWorker = new PrintWriter(process.outputWriter(), true);
        fromWorker = process.inputReader();
        ask("ready");
    }

    /** With the flags that its file names, and as many threads as the others have. */
    private List<String> command(Path source, Path renamed, int threads, int context) {
        return List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--add-modules=jdk.incubator.vector",
                "-Djdk.incubator.vector.VECTOR_ACCESS_OOB_CHECK=0", "-XX:ActiveProcessorCount=" + threads,
                "-cp", System.getProperty("java.class.path"), Llama3Worker.class.getName(),
                source.toString(), folder.toString(), renamed.toString(), Integer.toString(context));
    }

    @Override
    public String name() {
        return "llama3.java";
    }

    @Override
    public long time(Prompt prompt, int written) {
        return ask(written + " " + Arrays.stream(prompt.ids()).mapToObj(Integer::toString).collect(Collectors.joining(" ")));
    }

    private long ask(String question) {
        toWorker.println(question);
        try {
            String answer = fromWorker.readLine();
            if (answer == null) {
                List<String> log = Files.readAllLines(folder.resolve("log"));
                throw new IllegalStateException(
                        "llama3.java ended: " + String.join(" | ", log.subList(Math.max(0, log.size() - 5), log.size())));
            }
            return Long.parseLong(answer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroy();
        try (Stream<Path> files = Files.walk(folder)) {
            process.waitFor();
            files.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
