package dev.qyclone.bench.study;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** {@code study.csv}: a line for each cell, for spreadsheets; an empty value where nothing is known. Times are nanoseconds. */
public final class StudyCsv {
    private StudyCsv() {
    }

    /** The whole file, a line of names first. */
    public static String text(Study study) {
        StringBuilder text = new StringBuilder();
        for (Cell cell : study.cells()) {
            Map<String, Object> fields = fields(study.runOf(cell), cell);
            if (text.isEmpty()) {
                text.append(String.join(",", fields.keySet())).append('\n');
            }
            text.append(fields.values().stream().map(StudyCsv::quoted).collect(Collectors.joining(","))).append('\n');
        }
        return text.toString();
    }

    private static Map<String, Object> fields(RunFacts run, Cell cell) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("run", cell.run());
        fields.put("model", run.model());
        fields.put("model_type", run.modelType());
        fields.put("devices", String.join("/", cell.target().devices()));
        fields.put("vector_bits", cell.target().vectorBits() == 0 ? null : cell.target().vectorBits());
        fields.put("kernels", cell.target().kernels());
        fields.put("type", cell.target().type());
        fields.put("stored_as", cell.storedAs());
        fields.put("status", cell.status().name().toLowerCase(Locale.ROOT)); // the word of study.json
        fields.put("reason", cell.reason());
        fields.put("note", cell.note());
        speed(fields, "prefill", cell.prefill());
        speed(fields, "decode", cell.decode());
        Roofline roofline = cell.roofline();
        fields.put("percent_of_read", roofline == null ? null : roofline.percentOfRead());
        fields.put("percent_of_flops", roofline == null ? null : roofline.percentOfFlops());
        Parity parity = cell.parity();
        fields.put("relative_l2", parity == null ? null : parity.relativeL2());
        fields.put("max_difference", parity == null ? null : parity.maxDifference());
        fields.put("mean_kl", parity == null ? null : parity.meanKl());
        fields.put("max_kl", parity == null ? null : parity.maxKl());
        fields.put("first_different_prompt", parity == null || parity.firstDifferent() == null ? null : parity.firstDifferent().prompt());
        fields.put("first_different_step", parity == null || parity.firstDifferent() == null ? null : parity.firstDifferent().step());
        Parity stored = cell.parityToStored();
        fields.put("parity_to_stored_relative_l2", stored == null ? null : stored.relativeL2());
        fields.put("parity_to_stored_mean_kl", stored == null ? null : stored.meanKl());
        fields.put("parity_to_stored_max_kl", stored == null ? null : stored.maxKl());
        firstToken(fields, cell.firstToken());
        fields.put("peak_resident_bytes", cell.memory() == null ? null : cell.memory().peakResidentBytes());
        fields.put("cache_bytes", cell.memory() == null ? null : cell.memory().cacheBytes());
        fields.put("placement", cell.placement());
        fields.put("device_names", cell.devices().stream().map(CellDevice::name).distinct().collect(Collectors.joining("; ")));
        fields.put("drivers", cell.devices().stream().map(CellDevice::driver).distinct().collect(Collectors.joining("; ")));
        fields.put("checks_cache", cell.caches().checks());
        fields.put("driver_cache", cell.caches().driver());
        fields.put("tornado", run.environment().tornado());
        fields.put("java", run.environment().java());
        fields.put("commit", run.environment().commit());
        fields.put("began", run.began());
        return fields;
    }

    private static void speed(Map<String, Object> fields, String name, Speed speed) {
        fields.put(name + "_test", speed == null ? null : speed.test());
        fields.put(name + "_ts", speed == null ? null : speed.meanPerSecond());
        fields.put(name + "_stddev_ts", speed == null ? null : speed.deviationPerSecond());
        fields.put(name + "_samples_ns", speed == null ? null
                : speed.samplesNanos().stream().map(String::valueOf).collect(Collectors.joining(";")));
    }

    private static void firstToken(Map<String, Object> fields, FirstToken first) {
        fields.put("start_ns", first == null ? null : first.startNanos());
        fields.put("load_ns", first == null ? null : first.loadNanos());
        fields.put("plan_ns", first == null ? null : first.planNanos());
        fields.put("open_ns", first == null ? null : first.openNanos());
        fields.put("compile_ns", first == null ? null : first.compileNanos());
        fields.put("upload_ns", first == null ? null : first.uploadNanos());
        fields.put("first_prefill_ns", first == null ? null : first.prefillNanos());
        fields.put("first_prefill_compile_ns", first == null ? null : first.prefillCompileNanos());
        fields.put("first_token_ns", first == null ? null : first.totalNanos());
        fields.put("second_ns", first == null ? null : first.secondNanos());
        fields.put("second_compile_ns", first == null ? null : first.secondCompileNanos());
        fields.put("jvm_compile_ns", first == null ? null : first.jvmCompileNanos());
    }

    private static String quoted(Object value) {
        return value == null ? "\"\"" : '"' + value.toString().replace("\"", "\"\"") + '"';
    }
}
