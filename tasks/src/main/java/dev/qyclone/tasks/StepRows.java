package dev.qyclone.tasks;

import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.stage.AttentionPolicy;
import dev.qyclone.engine.stage.CheckRow;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What became of the steps of one call, as rows of a report. A step's rate is made by the bytes it must read where the call has a single
 * row, and by its multiplications and additions where it has several.
 *
 * @param call in words, before each step's name
 * @param position of the call's first row
 * @param count rows of the call
 * @param times what each task took, nanoseconds by name; empty if nothing was measured
 */
record StepRows(CheckedLayer layer, String call, int position, int count, Map<String, Long> times, List<CheckRow> rows) {
    /** How the tasks of a step begin: a graph for many rows splits what one for a single row fuses. */
    private static final Map<String, List<String>> TASKS = Map.of("attn_norm_qkv", List.of("attn_norm", "qkv"),
            // A single row is turned where its attention begins, but in the scalar form.
            "attention", List.of("attention", "rope_attention"), "attn_out", List.of("attn_out"),
            "ffn_norm_gate_up", List.of("ffn_norm", "gate", "up", "swiglu"), "ffn_down", List.of("ffn_down"),
            "mixture", List.of("ffn_norm", "router", "choose", "pick", "expert", "weigh", "shared"));

    StepRows(CheckedLayer layer, String call, int position, int count, Map<String, Long> times) {
        this(layer, call, position, count, times, new ArrayList<>());
    }

    private KernelFamily family() {
        return layer.options().kernels().family();
    }

    private KvType kvType() {
        return layer.options().kvType();
    }

    private String heads() {
        return layer.config().heads() + "x" + layer.config().headDim() + (position > 0 ? " @ d" + position : "");
    }

    /** Too little work for a rate to say anything. */
    void rope(double error) {
        rows.add(CheckRow.ran(call + " rope", family(), kvType().name(), heads(), error, StageCheck.TOLERANCE, 0, ""));
    }

    void attention(double error) {
        ModelConfig config = layer.config();
        AttentionPolicy policy = layer.policy();
        long seen = IntStream.range(position, position + count).mapToLong(t -> t + 1L - policy.firstVisible(t)).sum();
        double work = count == 1 ? 2.0 * seen * config.kvDim() * kvType().bytes() : 4.0 * seen * config.qDim();
        double tolerance = kvType() == KvType.F16 ? StageCheck.HALF_TOLERANCE : StageCheck.TOLERANCE;
        rows.add(CheckRow.ran(call + " attention", family(), kvType().name(), heads(), error, tolerance, rate("attention", work), unit()));
    }

    /** @param read the matrices of the step */
    void product(String step, double error, Tensor... read) {
        long outputs = Stream.of(read).mapToLong(Tensor::rows).sum();
        double work = count == 1 ? Stream.of(read).mapToLong(Tensor::bytes).sum()
                : 2.0 * count * Stream.of(read).mapToLong(Tensor::elements).sum();
        rows.add(CheckRow.ran(call + " " + step, family(), read[0].type().name(), outputs + "x" + read[0].cols(), error,
                StageCheck.TOLERANCE, rate(step, work), unit()));
    }

    private double rate(String step, double work) {
        long nanos = times.entrySet().stream().filter(entry -> TASKS.get(step).stream().anyMatch(entry.getKey()::startsWith))
                .mapToLong(Map.Entry::getValue).sum();
        return nanos == 0 ? 0 : work / nanos;
    }

    private String unit() {
        return count == 1 ? "GB/s" : "GFLOP/s";
    }
}
