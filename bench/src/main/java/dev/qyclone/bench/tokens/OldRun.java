package dev.qyclone.bench.tokens;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Rows that an earlier run wrote as JSON, to compare with. */
public final class OldRun {
    private static final String DEVICE = "device";
    private static final String PROFILE = "profile";
    private static final String FLAGS = "jvm_flags";
    /** What makes a row the same cell: the model by what it is, not by where it lies, and the device where no profile chose it. */
    private static final List<String> KEY = List.of(
            "model_type", DEVICE, PROFILE, "n_threads", "n_batch", "type_k", "n_sessions", "flow", "n_prompt", "n_gen", "n_depth");
    /** What may differ between two runs of a cell, and explain a difference of speed. */
    private static final List<String> SETTINGS = List.of(
            DEVICE, "placement", "activation_bits", "repacked_bytes", "cpu_info", "gpu_info", "driver", "java", "complete");

    private final Path file;
    private final List<OldRow> rows = new ArrayList<>();

    private record OldRow(Map<String, String> fields, double[] perSecond) {
    }

    /**
     * What came of a comparison.
     *
     * @param comparisons of every cell that both runs have, in the order of the new one
     * @param onlyBefore cells in words that the new run lacks
     * @param onlyNow cells in words that the old run lacks
     */
    public record Compared(List<Comparison> comparisons, List<String> onlyBefore, List<String> onlyNow) {
        public Compared {
            comparisons = List.copyOf(comparisons);
            onlyBefore = List.copyOf(onlyBefore);
            onlyNow = List.copyOf(onlyNow);
        }
    }

    private OldRun(Path file) {
        this.file = file;
    }

    /**
     * Reads what {@code -o json} or {@code -o jsonl} wrote.
     *
     * @throws EngineException FILE_NOT_FOUND, BAD_FILE
     */
    public static OldRun read(Path file) {
        OldRun run = new OldRun(file);
        if (!Files.isRegularFile(file)) {
            throw new EngineException(ErrorCode.FILE_NOT_FOUND, file + " is not there").expected("the output of bench -o json");
        }
        try (MappingIterator<JsonNode> values = new ObjectMapper().readerFor(JsonNode.class).readValues(file.toFile())) {
            while (values.hasNextValue()) {
                JsonNode value = values.nextValue();
                Stream<JsonNode> rows = value.isArray() ? StreamSupport.stream(value.spliterator(), false) : Stream.of(value);
                rows.forEach(run::add);
            }
        } catch (IOException e) {
            throw notARun(file, e.getMessage());
        }
        if (run.rows.isEmpty()) {
            throw notARun(file, "no row");
        }
        return run;
    }

    private static EngineException notARun(Path file, String got) {
        return new EngineException(ErrorCode.BAD_FILE, file + " is not a bench result").expected("the output of bench -o json").got(got);
    }

    private void add(JsonNode row) {
        if (!row.isObject() || !row.path("samples_ts").isArray() || !row.has("model_type")) {
            throw notARun(file, "a row without samples_ts or model_type");
        }
        double[] perSecond = StreamSupport.stream(row.get("samples_ts").spliterator(), false).mapToDouble(JsonNode::asDouble).toArray();
        for (double sample : perSecond) {
            if (!(sample > 0)) {
                throw notARun(file, "a sample of " + sample);
            }
        }
        rows.add(new OldRow(fields(name -> row.path(name).isNull() ? "" : row.path(name).asText()), perSecond));
    }

    /** Those that are compared, as texts; empty for what is not known. */
    private static Map<String, String> fields(UnaryOperator<String> value) {
        Map<String, String> fields = new HashMap<>();
        Stream.of(KEY, SETTINGS, List.of(FLAGS)).flatMap(List::stream).forEach(name -> fields.put(name, value.apply(name)));
        return fields;
    }

    /** Where a profile chose the devices, they are what came of it, and not what was asked for. */
    private static List<String> key(Map<String, String> fields) {
        return KEY.stream().map(name -> name.equals(DEVICE) && !fields.get(PROFILE).isEmpty() ? "" : fields.get(name)).toList();
    }

    /**
     * Compares every cell that both runs have. Where the old run has a cell more than once, the row counts that was measured most alike.
     *
     * @param noise see {@link Comparison}
     * @throws EngineException BAD_REQUEST if they have none in common
     */
    public Compared compareWith(List<BenchRow> now, Machine machine, double noise) {
        List<Comparison> comparisons = new ArrayList<>();
        List<String> onlyNow = new ArrayList<>();
        List<OldRow> left = new ArrayList<>(rows);
        for (BenchRow row : now) {
            Map<String, Object> values = RowFields.of(row, machine);
            Map<String, String> fields = fields(name -> values.get(name) == null ? "" : values.get(name).toString());
            Optional<OldRow> before = left.stream().filter(old -> key(old.fields).equals(key(fields)))
                    .min(Comparator.comparingInt(old -> differences(old.fields, fields).size()));
            if (before.isEmpty()) {
                onlyNow.add(name(fields));
                continue;
            }
            left.remove(before.get());
            double[] after = switch (row.outcome()) {
                case BenchRow.Measured measured -> measured.samples().perSecond();
                case BenchRow.Failed failed -> new double[0];
            };
            List<String> differences = differences(before.get().fields, fields);
            String why = differences.isEmpty() ? "" : " [" + String.join("; ", differences) + "]";
            comparisons.add(Comparison.of(name(fields) + why, before.get().perSecond, after, noise));
        }
        if (comparisons.isEmpty()) {
            throw new EngineException(ErrorCode.BAD_REQUEST, file + " has no row of this model, these devices and these tests")
                    .got(rows.stream().limit(3).map(row -> String.join(" ", key(row.fields))).collect(Collectors.joining("; ")))
                    .remedy("run bench with the options of the old run");
        }
        return new Compared(comparisons, left.stream().map(row -> name(row.fields)).toList(), onlyNow);
    }

    /** What both runs know of a cell and do not agree in, in words. */
    private static List<String> differences(Map<String, String> before, Map<String, String> now) {
        List<String> words = new ArrayList<>();
        for (String name : SETTINGS) {
            String old = before.get(name);
            String current = now.get(name);
            if (!old.isEmpty() && !current.isEmpty() && !old.equals(current)) {
                words.add(name + " " + old + " before, " + current + " now");
            }
        }
        words.addAll(flags(before.get(FLAGS), now.get(FLAGS), "only before"));
        words.addAll(flags(now.get(FLAGS), before.get(FLAGS), "only now"));
        return words;
    }

    private static List<String> flags(String some, String others, String when) {
        List<String> there = List.of(others.split(" "));
        return Stream.of(some.split(" ")).filter(flag -> !flag.isEmpty() && !Machine.isListed(flag) && !there.contains(flag))
                .map(flag -> flag + " " + when).toList();
    }

    private static String name(Map<String, String> fields) {
        boolean decodes = fields.get("n_prompt").equals("0");
        String depth = fields.get("n_depth");
        String profile = fields.get(PROFILE);
        String sessions = fields.get("n_sessions");
        String threads = fields.get("n_threads");
        return (decodes ? "tg" + fields.get("n_gen") : "pp" + fields.get("n_prompt")) + (depth.equals("0") ? "" : " @ d" + depth)
                + " on " + (profile.isEmpty() ? fields.get(DEVICE) : "profile " + profile)
                + (sessions.equals("1") ? "" : ", " + sessions + " sessions")
                + (decodes || fields.get("flow").equals(PromptFlow.PIPELINED.label()) ? "" : ", " + fields.get("flow"))
                + ", " + threads + (threads.equals("1") ? " thread" : " threads") + ", batch " + fields.get("n_batch");
    }
}
