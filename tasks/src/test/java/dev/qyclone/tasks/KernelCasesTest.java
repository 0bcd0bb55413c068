package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.tasks.kernels.StepKernels;
import dev.qyclone.tasks.lint.KernelCode;
import dev.qyclone.tasks.lint.KernelMethod;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.instruction.InvokeInstruction;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every kernel has a test that runs it as Java on the host, beside the device: a new one without fails here. That each runs on a device,
 * too, is what {@link OclgrindTest} asserts.
 */
class KernelCasesTest {
    /** Where the reason is the kernel's own. */
    private static final Set<String> NOT_RUN = Set.of(
            "HalfProbeKernels.addHalves"); // finds out whether a driver takes 16-bit floats; HalfProbe compares with sums by hand

    private static final String KERNELS = StepKernels.class.getPackageName().replace('.', '/') + "/";

    @Test
    void everyKernelRunsAsJavaInATest() throws IOException, URISyntaxException {
        Set<String> kernels = KernelCode.ofPackage(StepKernels.class).methods().stream().filter(KernelMethod::isKernel)
                .map(KernelMethod::label).collect(Collectors.toCollection(TreeSet::new));
        assertTrue(kernels.containsAll(NOT_RUN), NOT_RUN.toString());
        Set<String> called = calledInTests();
        kernels.removeAll(NOT_RUN);
        kernels.removeAll(called);
        assertEquals(Set.of(), kernels, "kernels that no test runs on the host");
    }

    /** Static methods of the kernels' package that these tests call by themselves; a step of a graph only names them. */
    private static Set<String> calledInTests() throws IOException, URISyntaxException {
        Set<String> called = new TreeSet<>();
        Path root = Path.of(KernelCasesTest.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (Stream<Path> files = Files.list(root.resolve(KernelCasesTest.class.getPackageName().replace('.', '/')))) {
            for (Path file : files.filter(one -> one.toString().endsWith(".class")).toList()) {
                ClassFile.of().parse(Files.readAllBytes(file)).methods().stream().flatMap(method -> method.code().stream())
                        .flatMap(code -> code.elementStream()).forEach(element -> {
                            if (element instanceof InvokeInstruction call && call.owner().asInternalName().startsWith(KERNELS)) {
                                called.add(call.owner().asInternalName().substring(KERNELS.length()) + "." + call.name().stringValue());
                            }
                        });
            }
        }
        return called;
    }
}
