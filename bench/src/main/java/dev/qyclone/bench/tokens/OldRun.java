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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Rows that an earlier run wrote as JSON, to compare with. */
public final class OldRun {
    /** What makes a row the same cell: the model by what it is, not by where it lies. */
    private static final List<String> KEY = List.of(
            "model_type", "device", "profile", "n_threads", "n_batch", "type_k", "n_sessions", "flow", "n_prompt", "n_gen", "n_depth");

    private final Path file;
    private final Map<List<String>, double[]> samples = new LinkedHashMap<>();

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
        if (run.samples.isEmpty()) {
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
        samples.put(KEY.stream().map(name -> row.path(name).asText()).toList(), perSecond);
    }

    /**
     * Every cell that both runs have, in the order of the new one.
     *
     * @param noise see {@link Comparison}
     * @throws EngineException BAD_REQUEST if they have none in common
     */
    public List<Comparison> compareWith(List<BenchRow> rows, Machine machine, double noise) {
        List<Comparison> comparisons = new ArrayList<>();
        for (BenchRow row : rows) {
            Map<String, Object> fields = RowFields.of(row, machine);
            double[] before = samples.get(KEY.stream().map(name -> String.valueOf(fields.get(name))).toList());
            if (before != null) {
                double[] after = switch (row.outcome()) {
                    case BenchRow.Measured measured -> measured.samples().perSecond();
                    case BenchRow.Failed failed -> new double[0];
                };
                comparisons.add(Comparison.of(name(row), before, after, noise));
            }
        }
        if (comparisons.isEmpty()) {
            throw new EngineException(ErrorCode.BAD_REQUEST, file + " has no row of this model, these devices and these tests")
                    .got(samples.keySet().stream().limit(3).map(key -> String.join(" ", key)).collect(Collectors.joining("; ")))
                    .remedy("run bench with the options of the old run");
        }
        return comparisons;
    }

    private static String name(BenchRow row) {
        return row.test().name() + " on " + row.target().device() + (row.sessions() == 1 ? "" : ", " + row.sessions() + " sessions")
                + (row.test().decodes() || row.flow() == PromptFlow.PIPELINED ? "" : ", " + row.flow().label())
                + ", " + row.target().threads() + (row.target().threads() == 1 ? " thread" : " threads") + ", batch " + row.batch();
    }
}
