package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.model.PublishedShape;
import dev.qyclone.engine.stage.CheckRequest;
import dev.qyclone.engine.stage.CheckRow;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a device's report says of each step, dense and in a mixture. */
@Tag("device")
class DeviceCheckTest {
    private static final List<String> ATTENTION = List.of("attn_norm_qkv", "rope", "attention");

    @ParameterizedTest
    @EnumSource(names = {"PARALLEL", "CONTEXT", "FPGA"})
    void everyStepIsRightAndAllButRopeHaveARate(KernelFamily family) {
        requireSteps(PublishedShape.TINY.config(), family, Stream.concat(ATTENTION.stream(),
                Stream.of("attn_out", "ffn_norm_gate_up", "ffn_down")).toList(),
                family == KernelFamily.FPGA ? List.of() : List.of("decode attn_norm_qkv Q4_K+Q6_K"));
    }

    @ParameterizedTest
    @EnumSource(names = {"PARALLEL", "CONTEXT", "FPGA"})
    void soAreThoseOfAMixture(KernelFamily family) {
        requireSteps(PublishedShape.TINY_MOE.config(), family, Stream.concat(ATTENTION.stream(), Stream.of("mixture")).toList(), List.of());
    }

    /** @param pairs what weights of two types take in one launch */
    private static void requireSteps(ModelConfig shape, KernelFamily family, List<String> steps, List<String> pairs) {
        Device device = DeviceUnderTest.require();
        List<String> seen = new ArrayList<>();
        CheckRequest request = new CheckRequest(shape, Set.of(TensorType.Q4_K), List.of(family), true)
                .withWatcher((done, of) -> seen.add(done + "/" + of));
        List<CheckRow> rows = new DeviceCheck(device, DeviceUnderTest.tornado(), request).report().rows();
        assertEquals(List.of("1/1"), seen);
        List<String> expected = Stream.of(
                steps.stream().map(step -> "prefill " + step), steps.stream().map(step -> "decode " + step),
                Stream.of("deep decode rope", "deep decode attention", "deep prefill rope", "deep prefill attention", "output_norm_logits"))
                .flatMap(names -> names).toList();
        assertEquals(expected, rows.stream().limit(expected.size()).map(CheckRow::kernel).toList());
        assertEquals(pairs, rows.stream().skip(expected.size()).map(row -> row.kernel() + " " + row.type()).toList());
        for (CheckRow row : rows) {
            assertEquals(CheckRow.Verdict.OK, row.verdict(), row.toString());
            assertTrue(row.rate() > 0 || row.kernel().endsWith("rope"), row.toString());
        }
    }
}
