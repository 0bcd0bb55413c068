package dev.qyclone.tasks.lint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The lint finds each wrong kernel, by rule and line, and nothing in the right ones. */
class KernelLintRulesTest {
    private static final Path SOURCE = Path.of("src/test/java/dev/qyclone/tasks/lint/WrongKernels.java");

    @Test
    void everyMarkedLineIsFoundAndNoOther() throws IOException {
        Set<String> marked = new TreeSet<>();
        List<String> lines = Files.readAllLines(SOURCE);
        for (int i = 0; i < lines.size(); i++) {
            int mark = lines.get(i).indexOf("// ");
            if (mark >= 0) {
                marked.add(lines.get(i).substring(mark + 3) + " in line " + (i + 1));
            }
        }
        Set<String> found = new TreeSet<>();
        KernelLint.findings(KernelCode.of(WrongKernels.class)).forEach(finding -> found.add(finding.rule() + " in line " + finding.line()));
        assertEquals(marked, found);
    }

    @Test
    void everyRuleButTheCompilersFlagHasAWrongKernel() {
        Set<Rule> proven = KernelLint.findings(KernelCode.of(WrongKernels.class)).stream().map(Finding::rule).collect(Collectors.toSet());
        assertEquals(EnumSet.complementOf(EnumSet.of(Rule.NO_VARIABLE_TABLE)), proven);
    }

    @Test
    void findsWhatWasCompiledWithoutNamesOfVariables() {
        List<Finding> findings = KernelLint.findings(KernelCode.of(WrongKernels.class).withoutVariables());
        assertTrue(findings.stream().anyMatch(finding -> finding.rule() == Rule.NO_VARIABLE_TABLE
                && finding.method().equals("WrongKernels.division")), findings.toString());
    }

    @Test
    void saysWhereAndWhatToWriteInstead() {
        String words = KernelLint.findings(KernelCode.of(WrongKernels.class)).stream()
                .filter(finding -> finding.rule() == Rule.UNSIGNED_SHIFT).findFirst().orElseThrow().toString();
        assertTrue(words.startsWith("WrongKernels.high, line "), words);
        assertTrue(words.contains("(v >> 5) & 0x07ffffff"), words);
    }

    @Test
    void findsNothingInRightKernels() {
        List<Finding> findings = KernelLint.findings(KernelCode.of(RightKernels.class));
        assertEquals(List.of(), findings, findings.toString());
    }
}
