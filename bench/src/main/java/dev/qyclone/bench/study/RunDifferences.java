package dev.qyclone.bench.study;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What the runs of a study differ in besides the machine. Figures of another model or of tests of another size lie beside each other, and
 * are not compared.
 */
public final class RunDifferences {
    /** Each says more than the one before, up to what two models always differ in. */
    private static final List<Function<RunFacts, String>> NAMES = List.of(RunFacts::model,
            run -> run.model() + " (" + run.modelType() + ")",
            run -> run.model() + " (" + run.modelType() + ", " + run.modelBytes() + " bytes)");

    private final List<RunFacts> runs;
    private final Function<RunFacts, String> name;

    public RunDifferences(Study study) {
        this.runs = study.runs();
        long models = distinct(NAMES.getLast());
        this.name = NAMES.stream().filter(words -> distinct(words) == models).findFirst().orElseThrow();
    }

    private long distinct(Function<RunFacts, String> words) {
        return runs.stream().map(words).distinct().count();
    }

    /** True if speeds are of more than one model. */
    public boolean severalModels() {
        return distinct(name) > 1;
    }

    /** The shortest name that tells a run's model from the others. */
    public String model(RunFacts run) {
        return name.apply(run);
    }

    /** A sentence for each thing that makes figures of two runs no comparison of their machines. */
    public List<String> sentences() {
        List<String> sentences = new ArrayList<>();
        differing("models", name).ifPresent(sentences::add);
        differing("tests", run -> "pp" + run.settings().prefillIds() + " and tg" + run.settings().decodeIds()).ifPresent(sentences::add);
        differing("threads on the host", run -> Integer.toString(run.settings().threads())).ifPresent(sentences::add);
        return sentences;
    }

    private Optional<String> differing(String what, Function<RunFacts, String> words) {
        Map<String, List<String>> labels = new LinkedHashMap<>();
        runs.forEach(run -> labels.computeIfAbsent(words.apply(run), any -> new ArrayList<>()).add(run.label()));
        return labels.size() < 2 ? Optional.empty() : Optional.of("The runs differ in their " + what + ": " + labels.entrySet().stream()
                .map(each -> each.getKey() + " on " + String.join(", ", each.getValue())).collect(Collectors.joining("; ")) + ".");
    }
}
