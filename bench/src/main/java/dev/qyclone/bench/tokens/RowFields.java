package dev.qyclone.bench.tokens;

import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.DeviceKind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** A row as named values, for JSON and CSV: llama-bench's names where it has them. What is not known is null. */
final class RowFields {
    private RowFields() {
    }

    static Map<String, Object> of(BenchRow row, Machine machine) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("build_commit", machine.commit());
        describe(fields, row.target(), machine);
        fields.put("model_filename", row.model().file());
        fields.put("model_type", row.model().type());
        fields.put("model_size", row.model().bytes());
        fields.put("model_n_params", row.model().parameters());
        fields.put("n_batch", row.batch());
        fields.put("n_threads", row.target().threads());
        fields.put("type_k", row.target().kv());
        fields.put("type_v", row.target().kv());
        boolean open = !row.target().devices().isEmpty();
        int bits = row.target().activationBits();
        fields.put("activation_bits", !open ? null : bits == 0 ? Float.SIZE : bits);
        fields.put("repacked_bytes", open ? row.target().repackedBytes() : null);
        fields.put("n_sessions", row.sessions());
        fields.put("flow", row.flow().label());
        fields.put("n_prompt", row.test().prompt());
        fields.put("n_gen", row.test().gen());
        fields.put("n_depth", row.test().depth());
        fields.put("test_time", row.began().toString());
        switch (row.outcome()) {
            case BenchRow.Measured measured -> figures(fields, measured);
            case BenchRow.Failed failed -> noFigures(fields, failed.reason());
        }
        fields.put("complete", row.complete());
        firstRun(fields, row.target().firstRun());
        parity(fields, row.target().parity());
        fields.put("java", machine.java());
        fields.put("jvm_flags", machine.flags());
        fields.put("os", machine.os());
        fields.put("load_average", machine.loadAverage());
        return fields;
    }

    private static void describe(Map<String, Object> fields, TargetFacts target, Machine machine) {
        fields.put("cpu_info", Stream.concat(Stream.of(machine.cpu()), names(target.devices(), true)).distinct()
                .collect(Collectors.joining(", ")));
        fields.put("gpu_info", names(target.devices(), false).collect(Collectors.joining(", ")));
        fields.put("backends", target.devices().stream().map(device -> device.id().split(":")[0]).distinct()
                .collect(Collectors.joining(",")));
        fields.put("device", target.device());
        fields.put("driver", target.devices().stream().map(device -> device.facts().driver()).distinct().collect(Collectors.joining("; ")));
        fields.put("profile", target.profile());
        fields.put("placement", target.placement());
    }

    private static Stream<String> names(List<Device> devices, boolean cpus) {
        return devices.stream().filter(device -> device.kind() == DeviceKind.CPU == cpus).map(Device::name).distinct();
    }

    private static void figures(Map<String, Object> fields, BenchRow.Measured measured) {
        Samples samples = measured.samples();
        fields.put("avg_ns", Math.round(samples.meanNanos()));
        fields.put("stddev_ns", Math.round(samples.deviationNanos()));
        fields.put("avg_ts", samples.meanPerSecond());
        fields.put("stddev_ts", samples.deviationPerSecond());
        fields.put("samples_ns", LongStream.of(samples.nanos()).boxed().toList());
        fields.put("samples_ts", DoubleStream.of(samples.perSecond()).boxed().toList());
        fields.put("bytes_per_token", measured.bytesPerToken());
        boolean decode = measured.bytesPerToken() > 0;
        fields.put("read_limit_gbs", decode ? known(measured.limit()) : null);
        fields.put("percent_of_read_limit", decode ? known(measured.percentOfLimit()) : null);
        fields.put("flops_per_token", measured.flopsPerToken());
        fields.put("multiply_limit_gflops", decode ? null : known(measured.limit()));
        fields.put("percent_of_multiply_limit", decode ? null : known(measured.percentOfLimit()));
        DeviceTime device = measured.deviceTime();
        fields.put("launches_per_token", known(device.launches()));
        fields.put("kernel_ns_per_token", known(device.kernelNanos()));
        fields.put("host_ns_per_token", known(device.hostNanos()));
        fields.put("failure", null);
    }

    private static void noFigures(Map<String, Object> fields, String reason) {
        for (String name : List.of("avg_ns", "stddev_ns", "avg_ts", "stddev_ts")) {
            fields.put(name, null);
        }
        fields.put("samples_ns", List.of());
        fields.put("samples_ts", List.of());
        for (String name : List.of("bytes_per_token", "read_limit_gbs", "percent_of_read_limit", "flops_per_token",
                "multiply_limit_gflops", "percent_of_multiply_limit", "launches_per_token", "kernel_ns_per_token", "host_ns_per_token")) {
            fields.put(name, null);
        }
        fields.put("failure", reason);
    }

    private static Double known(double value) {
        return Double.isNaN(value) ? null : value;
    }

    private static void firstRun(Map<String, Object> fields, Optional<FirstRun> first) {
        fields.put("load_ns", first.map(FirstRun::loadNanos).orElse(null));
        fields.put("plan_ns", first.map(FirstRun::planNanos).orElse(null));
        fields.put("open_ns", first.map(FirstRun::openNanos).orElse(null));
        fields.put("first_prompt", first.map(FirstRun::promptIds).orElse(null));
        fields.put("first_prefill_ns", first.map(FirstRun::prefillNanos).orElse(null));
        fields.put("first_token_ns", first.map(FirstRun::firstTokenNanos).orElse(null));
        fields.put("second_token_ns", first.map(FirstRun::nextNanos).orElse(null));
    }

    private static void parity(Map<String, Object> fields, Optional<Parity> parity) {
        fields.put("parity_relative_l2", parity.map(Parity::relativeL2).filter(value -> !value.isNaN()).orElse(null));
        fields.put("parity_max_difference", parity.map(Parity::maxDifference).filter(value -> !value.isNaN()).orElse(null));
        fields.put("parity_kl", parity.map(Parity::divergence).filter(value -> !value.isNaN()).orElse(null));
        fields.put("parity_first_different_id", parity.map(Parity::firstDifferentId).orElse(null));
    }
}
