package dev.qyclone.tasks.lint;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.tasks.kernels.StepKernels;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** No kernel holds what TornadoVM compiles wrongly. */
class KernelLintTest {
    private static final Rule LEFT = Rule.HALF_WRITTEN;
    /** Arrays of which kernels write only a part, by why nobody reads the rest; each must still be needed. */
    private static final Map<String, List<String>> LEFT_OUT = Map.of(
            "rows behind the call's tokens are padding: no row reads another's", List.of("BatchKernels.normRows out",
                    "BatchKernels.swiGlu gated", "GroupAttention.attention out", "GroupAttentionHalves.attention out",
                    "LaneAttention.attention out", "LaneAttention.attentionHalves out", "MixtureKernels.choose picked",
                    "MixtureKernels.gateChoices gated", "RopeKernels.ropeAndKeep turned", "RopeKernels.ropeAndKeepHalves turned"),
            "the cache's other rows are those of other calls, and what none has written counts nowhere: UnwrittenRowsTest", List.of(
                    "RopeKernels.ropeAndKeep keys", "RopeKernels.ropeAndKeep values", "RopeKernels.ropeAndKeepHalves keys",
                    "RopeKernels.ropeAndKeepHalves values", "MoveKernels.put pool", "MoveKernels.putHalves pool",
                    "MoveKernels.place words", "MoveKernels.place scales"),
            "one share writes what all of them turn", List.of("GroupDecode.ropeAndAttend turned", "GroupDecodeHalves.ropeAndAttend turned",
                    "LaneDecode.ropeAndAttend turned", "LaneDecode.ropeAndAttendHalves turned"),
            "the merge reads the shares that there are", List.of("LaneDecode.ropeAndAttend parts", "LaneDecode.ropeAndAttendHalves parts"),
            "choices of other experts are written by the items of those, and there are none behind the last", List.of(
                    "ExpertProducts.withFloats out", "ExpertProducts.withHalves out", "ExpertProducts.withRelative out",
                    "ExpertProducts.withBytes out", "ExpertProducts.withNibbles out", "ExpertProducts.withWide out",
                    "MixtureKernels.sort order"),
            "columns and rows behind the last are padding: sums of such rows are not kept", List.of("PanelFill.fromFloats panels",
                    "PanelFill.fromHalves panels", "PanelFill.fromRelative panels", "PanelFill.fromBytes panels",
                    "PanelFill.fromNibbles panels", "PanelFill.fromWide panels"),
            "an item for each element of the longest; the others end before", List.of("StepKernels.enter call", "StepKernels.enter cursor",
                    "StepKernels.enter angles", "StepKernels.enter x"),
            "items behind the last are those that fill a group up", List.of("LargestKernels.ofParts best", "LargestKernels.ofParts where",
                    "LargestKernels.ofAll winner", "MoveKernels.arrived seen", "MixtureKernels.pick expert"));
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
        Set<String> leftOut = LEFT_OUT.values().stream().flatMap(List::stream).collect(Collectors.toSet());
        List<Finding> refused = findings.stream().filter(finding -> finding.rule() == LEFT ? !leftOut.contains(leftOut(finding))
                : !ALLOWED.containsKey(key(finding))).toList();
        assertTrue(refused.isEmpty(), refused.size() + " in kernels:\n"
                + refused.stream().map(Finding::toString).collect(Collectors.joining("\n")));
        for (String allowed : ALLOWED.keySet()) {
            assertTrue(findings.stream().anyMatch(finding -> key(finding).equals(allowed)), allowed + " is allowed and not there");
        }
        for (String allowed : leftOut) {
            assertTrue(findings.stream().anyMatch(finding -> finding.rule() == LEFT && leftOut(finding).equals(allowed)),
                    allowed + " may be half-written and is not");
        }
    }

    @Test
    void kernelsAreFound() {
        List<KernelMethod> methods = KernelCode.ofPackage(StepKernels.class).methods();
        assertTrue(methods.stream().filter(KernelMethod::isKernel).count() >= 10);
        assertTrue(methods.stream().anyMatch(method -> method.isKernel() && method.label().equals("ProbeKernels.count")));
    }

    /** Such as {@code StepKernels.enter call}. */
    private static String leftOut(Finding finding) {
        return finding.method() + finding.what().substring(finding.what().lastIndexOf(' '));
    }

    private static String key(Finding finding) {
        return finding.rule() + " " + finding.method();
    }
}
