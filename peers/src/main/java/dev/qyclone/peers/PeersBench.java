package dev.qyclone.peers;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Times this engine and llama.cpp on the same file in turn, and prints both with their ratio. */
@Command(name = "peers", mixinStandardHelpOptions = true,
        description = "Prefill and decode of one GGUF file in Qyclone and in llama.cpp, in turn in one process; medians and ratios.")
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
        System.out.printf(Locale.ROOT, "%d threads each; medians of %d rounds after %d; %s, Java %s%n%n", threads, rounds, warmUp,
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
                LlamaCpp theirs = new LlamaCpp(file, threads, context)) {
            List<Contestant> all = List.of(ours, theirs);
            String text = Ids.prompt(prompt, all);
            int ids = ours.encode(text).length;
            Map<Contestant, Times> times = new LinkedHashMap<>();
            all.forEach(one -> times.put(one, new Times()));
            List<Contestant> order = new ArrayList<>(all);
            for (int round = -warmUp; round < rounds; round++) {
                for (Contestant one : order) {
                    long first = one.time(text, 1);
                    long whole = one.time(text, 1 + written);
                    if (round >= 0) {
                        times.get(one).add(ids, first, written, whole);
                    }
                }
                order = order.reversed();
            }
            times.forEach((one, took) -> System.out.printf(Locale.ROOT, "| %s | %s | %d | %.1f | %d | %.1f |%n", file.getFileName(),
                    one.name(), ids, took.prefill(), written, took.decode()));
            System.out.printf(Locale.ROOT, "| %s | **ratio** | | **%.2f** | | **%.2f** |%n", file.getFileName(),
                    times.get(ours).prefill() / times.get(theirs).prefill(), times.get(ours).decode() / times.get(theirs).decode());
        }
    }
}
