package dev.qyclone.peers;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Times this engine and others on the same file in turn, and prints all with their ratios. */
@Command(name = "peers", mixinStandardHelpOptions = true,
        description = "Prefill and decode of one GGUF file in Qyclone, in llama.cpp and, if asked for, in llama3.java, in turn; medians and"
                + " ratios.")
final class PeersBench implements Callable<Integer> {
    @Option(names = {"-m", "--model"}, required = true, split = ",", paramLabel = "FILE", description = "GGUF files.")
    private List<Path> files;

    @Option(names = {"-p", "--n-prompt"}, paramLabel = "N", defaultValue = "512", description = "Ids to read. Default: ${DEFAULT-VALUE}")
    private int prompt;

    @Option(names = {"-n", "--n-gen"}, paramLabel = "N", defaultValue = "64", description = "Ids to write. Default: ${DEFAULT-VALUE}")
    private int written;

    @Option(names = {"-r", "--repetitions"}, paramLabel = "N", defaultValue = "3", description = "Rounds. Default: ${DEFAULT-VALUE}")
    private int rounds;

    @Option(names = "--warm-up", paramLabel = "N", defaultValue = "2",
            description = "Rounds before the first that counts. Default: ${DEFAULT-VALUE}")
    private int warmUp;

    @Option(names = {"-t", "--threads"}, paramLabel = "N", description = "Threads of each engine. Default: all processors")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--device", paramLabel = "ID", defaultValue = "cpu", description = "Qyclone's device. Default: ${DEFAULT-VALUE}")
    private String device;

    @Option(names = "--llama3-java", paramLabel = "Llama3.java",
            description = "llama3.java's source file (github.com/mukel/llama3.java): runs as well, in a process of its own.")
    private Path llama3;

    /** @param args see {@code --help} */
    public static void main(String[] args) {
        int exit = new CommandLine(new PeersBench()).setExecutionExceptionHandler((e, line, parsed) -> {
            line.getErr().println("peers: " + e.getMessage());
            return 1;
        }).execute(args);
        // llama.cpp's own threads may outlive its model, and would keep the process.
        Runtime.getRuntime().halt(exit);
    }

    @Override
    public Integer call() {
        if (prompt < 1 || written < 1 || rounds < 1 || warmUp < 0 || threads < 1) {
            throw new IllegalArgumentException("-p, -n, -r and -t must be at least 1, --warm-up at least 0");
        }
        System.out.printf(Locale.ROOT,
                "%d threads each; medians (slowest and fastest) of %d rounds after %d; %s, Java %s%n%n", threads, rounds, warmUp,
                System.getProperty("os.arch"), Runtime.version());
        System.out.println("| file | engine | ids read | prefill, tokens/s | ids written | decode, tokens/s |");
        System.out.println("|---|---|---|---|---|---|");
        for (Path file : files) {
            if (!Files.isReadable(file)) {
                throw new IllegalArgumentException("cannot read " + file);
            }
            measure(file);
        }
        System.out.flush();
        return 0;
    }

    private void measure(Path file) {
        int context = prompt + written + 64;
        try (Qyclone ours = new Qyclone(file, device, threads, context, Math.min(prompt, 512));
                LlamaCpp theirs = new LlamaCpp(file, threads, context);
                Llama3Java third = llama3 == null ? null : new Llama3Java(llama3, file, threads, context)) {
            Prompt text = Ids.prompt(prompt, ours, theirs);
            List<Contestant> all = Stream.of(ours, theirs, third).filter(Objects::nonNull).toList();
            try (MemoryLimit memory = new MemoryLimit(threads, ours.bytesPerToken(text.ids().length, written))) {
                print(file, text.ids().length, timed(all, text, memory), memory);
            }
        }
    }

    private Map<Contestant, Times> timed(List<Contestant> all, Prompt text, MemoryLimit memory) {
        Map<Contestant, Times> times = new LinkedHashMap<>();
        all.forEach(one -> times.put(one, new Times(text.ids().length, written)));
        List<Contestant> order = all;
        for (int round = -warmUp; round < rounds; round++) {
            for (Contestant one : order) {
                long first = one.time(text, 1);
                long whole = one.time(text, 1 + written);
                if (round >= 0) {
                    times.get(one).add(first, whole);
                    memory.measure();
                }
            }
            order = order.reversed();
        }
        return times;
    }

    private void print(Path file, int ids, Map<Contestant, Times> times, MemoryLimit memory) {
        times.forEach((one, took) -> System.out.printf(Locale.ROOT, "| %s | %s | %d | %.1f (%s) | %d | %.1f (%s) |%n", file.getFileName(),
                one.name(), ids, took.prefill(), took.prefillRange(), written, took.decode(), took.decodeRange()));
        System.out.printf(Locale.ROOT, "| %s | at most, by memory: %s | | | | %.1f (%s) |%n", file.getFileName(), memory.words(),
                memory.tokensPerSecond(), memory.range());
        List<Contestant> all = List.copyOf(times.keySet());
        Times ours = times.get(all.getFirst());
        for (Contestant other : all.subList(1, all.size())) {
            Times theirs = times.get(other);
            System.out.printf(Locale.ROOT, "| %s | **ratio to %s** | | **%.2f** | | **%.2f** of at most %.2f |%n", file.getFileName(),
                    other.name(), ours.prefill() / theirs.prefill(), ours.decode() / theirs.decode(),
                    memory.tokensPerSecond() / theirs.decode());
        }
    }
}
