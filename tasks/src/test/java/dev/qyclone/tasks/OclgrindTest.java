package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.tasks.kernels.StepKernels;
import dev.qyclone.tasks.lint.KernelCode;
import dev.qyclone.tasks.lint.KernelMethod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kernels under Oclgrind, a simulator that reports accesses outside of buffers and races between items. */
@Tag("device")
class OclgrindTest {
    private static final Path SHIM = Path.of("src/test/native/oclgrind-visible.c");
    private static final Path FLAGS = Path.of("target/tornado.argfile");
    private static final String DRIVER = "lib/oclgrind/liboclgrind-rt-icd.so";
    /** TornadoVM makes a buffer write-only if the first task of a graph only writes it, and lets later tasks read it. */
    private static final List<String> OF_TORNADOVM = List.of("Invalid read from write-only buffer");

    /** More than those known ones that a mixture of experts makes; Oclgrind itself falls silent after 1000. */
    private static final String MOST_COMPLAINTS = "1000000";

    /** Finds out whether a driver takes 16-bit floats: not every one compiles it. */
    private static final Set<String> NOT_RUN = Set.of("HalfProbeKernels.addHalves");

    @TempDir
    private static Path folder;
    private static Path library;
    private static Path vendors;

    @BeforeAll
    static void prepare() throws IOException, InterruptedException {
        DeviceUnderTest.require();
        Path driver = onPath("oclgrind").map(program -> program.resolve("../..").resolve(DRIVER).normalize()).filter(Files::isReadable)
                .findFirst().orElse(null);
        Assumptions.assumeTrue(driver != null, "Oclgrind is not installed; on Debian: apt-get install oclgrind");
        Path compiler = onPath("cc").findFirst().orElse(null);
        Assumptions.assumeTrue(compiler != null, "no C compiler (cc) for what makes Oclgrind visible to TornadoVM");
        library = folder.resolve("oclgrind-visible.so");
        Process compile = new ProcessBuilder(compiler.toString(), "-shared", "-fPIC", "-o", library.toString(), SHIM.toString(), "-ldl")
                .inheritIO().start();
        assertEquals(0, compile.waitFor(), "cc " + SHIM);
        vendors = Files.createDirectories(folder.resolve("vendors"));
        Files.writeString(vendors.resolve("oclgrind.icd"), driver + "\n");
    }

    private static Stream<Path> onPath(String program) {
        return Arrays.stream(System.getenv("PATH").split(":")).map(place -> Path.of(place, program)).filter(Files::isExecutable);
    }

    /**
     * A run of {@link OclgrindRun}.
     *
     * @param kernels that ran
     * @param complaints what Oclgrind says, without what is known of TornadoVM
     */
    private record Said(Set<String> kernels, List<String> complaints) {
    }

    private static Said run(String what) throws IOException, InterruptedException {
        Path log = folder.resolve(what + ".log");
        Path out = folder.resolve(what + ".out");
        ProcessBuilder builder = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin/java").toString(), "@" + FLAGS,
                "-Xmx1g", "-cp", System.getProperty("java.class.path"), OclgrindRun.class.getName(), what)
                .redirectErrorStream(true).redirectOutput(out.toFile());
        builder.environment().put("LD_PRELOAD", library.toString());
        builder.environment().put("OCL_ICD_VENDORS", vendors.toString());
        builder.environment().put("OCLGRIND_DATA_RACES", "1");
        builder.environment().put("OCLGRIND_CHECK_API", "1");
        builder.environment().put("OCLGRIND_MAX_ERRORS", MOST_COMPLAINTS);
        builder.environment().put("OCLGRIND_LOG", log.toString());
        Process process = builder.start();
        boolean ended = process.waitFor(20, TimeUnit.MINUTES);
        process.destroyForcibly();
        assertTrue(ended, "it hangs");
        String said = Files.readString(out);
        assertTrue(process.exitValue() == 0 && said.contains(OclgrindRun.DONE), said);
        Set<String> kernels = said.lines().filter(line -> line.startsWith(OclgrindRun.RAN))
                .map(line -> line.substring(OclgrindRun.RAN.length())).collect(Collectors.toCollection(TreeSet::new));
        return new Said(kernels, withoutKnown(Files.readAllLines(log)));
    }

    /** A complaint is a paragraph of its log. */
    static List<String> withoutKnown(List<String> log) {
        List<String> complaints = new ArrayList<>();
        for (String paragraph : String.join("\n", log).split("\n\\s*\n")) {
            if (!paragraph.isBlank() && OF_TORNADOVM.stream().noneMatch(paragraph::contains)) {
                complaints.add(paragraph.strip());
            }
        }
        return complaints;
    }

    @Test
    void everyKernelRunsAndStaysInsideItsBuffersAndDoesNotRace() throws InterruptedException, ExecutionException {
        Set<String> ran = new TreeSet<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            List<Callable<Said>> parts = List.of(() -> run(OclgrindRun.PRODUCTS), () -> run(OclgrindRun.OTHERS));
            for (Future<Said> said : threads.invokeAll(parts)) {
                assertEquals(List.of(), said.get().complaints());
                ran.addAll(said.get().kernels());
            }
        }
        Set<String> all = KernelCode.ofPackage(StepKernels.class).methods().stream().filter(KernelMethod::isKernel)
                .map(KernelMethod::label).collect(Collectors.toCollection(TreeSet::new));
        all.removeAll(NOT_RUN);
        assertEquals(all, ran);
    }

    @Test
    void aWriteBehindAnArrayAndARaceAreReported() throws IOException, InterruptedException {
        String all = String.join("\n", run("faults").complaints());
        assertTrue(all.contains("Invalid write"), all);
        assertTrue(all.contains("data race"), all);
    }
}
