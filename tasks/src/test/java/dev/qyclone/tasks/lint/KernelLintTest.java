package dev.qyclone.tasks.lint;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.tasks.kernels.StepKernels;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** No kernel holds what TornadoVM compiles wrongly. */
class KernelLintTest {
    /** What is right where it stands, with the reason; each must still be needed. */
    private static final Map<String, String> ALLOWED = new TreeMap<>(Map.of(
            "INCLUSIVE HalfBits.of", "NaN is asked for at its end, whatever came before",
            "DIVISION GroupDecode.ropeAndAttend", "within counts from the first element of its block",
            "DIVISION GroupDecodeHalves.ropeAndAttend", "as in GroupDecode.ropeAndAttend",
            "DIVISION CacheRows.key", "a row is a layer's first row and a position modulo its capacity",
            "DIVISION GroupAttention.attention", "as in LaneAttention.attention",
            "DIVISION GroupAttentionHalves.attention", "as in LaneAttention.attention",
            "DIVISION LaneAttention.attention", "last + 1 counts queries, and all of it stands behind query <= last",
            "DIVISION LaneAttention.attentionHalves", "as in attention",
            "DIVISION LaneDecode.ropeAndAttend", "tiles are counted from that of the first position seen, so a key is one of them",
            "MASKED_DIFFERENCE Fields.relative", "masks an int and not a byte, so it stays signed; brain floats are compared on devices"));

    @Test
    void noKernelHoldsWhatIsCompiledWrongly() {
        List<Finding> findings = KernelLint.findings(KernelCode.ofPackage(StepKernels.class));
        List<Finding> refused = findings.stream().filter(finding -> !ALLOWED.containsKey(key(finding))).toList();
        assertTrue(refused.isEmpty(), refused.size() + " in kernels:\n"
                + refused.stream().map(Finding::toString).collect(Collectors.joining("\n")));
        for (String allowed : ALLOWED.keySet()) {
            assertTrue(findings.stream().anyMatch(finding -> key(finding).equals(allowed)), allowed + " is allowed and not there");
        }
    }

    @Test
    void kernelsAreFound() {
        List<KernelMethod> methods = KernelCode.ofPackage(StepKernels.class).methods();
        assertTrue(methods.stream().filter(KernelMethod::isKernel).count() >= 10);
        assertTrue(methods.stream().anyMatch(method -> method.isKernel() && method.label().equals("ProbeKernels.count")));
    }

    private static String key(Finding finding) {
        return finding.rule() + " " + finding.method();
    }
}
