package dev.qyclone.bench.study.run;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.bench.study.CellTarget;
import dev.qyclone.bench.study.DeviceLimits;
import dev.qyclone.bench.study.FirstToken;
import dev.qyclone.bench.study.StudySettings;
import dev.qyclone.engine.TinyModel;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One cell in this JVM, as if it were one of its own. */
class CellWorkTest {
    private static final StudySettings SETTINGS = new StudySettings(9, 3, 1, 0, 100, 0, List.of(1, 5), 2, 2);
    private static final long LIMITS_BYTES = 256L << 20;

    @TempDir
    private Path folder;

    private CellWork work(String... devices) {
        CellSpec spec = new CellSpec(TinyModel.write(folder, TensorType.F32).toString(),
                new CellTarget("stored", List.of(devices), 0, "auto"), null, SETTINGS, null, 0).startedAt(System.currentTimeMillis());
        return new CellWork(spec, Backends::discover);
    }

    @Test
    void memoryIsThatOfTheModelAndNotOfWhatMeasuresLimits() {
        Assumptions.assumeTrue(ProcessMemory.forget(), "this system's highest figure cannot be begun again");
        try (CellWork work = work("cpu")) {
            work.prepare();
            work.open();
            long opened = new ProcessMemory().peakResidentBytes();
            DeviceLimits limits = work.limits("cpu");
            assertNotNull(limits);
            work.warmUp();
            long taken = work.memory().peakResidentBytes();
            assertTrue(taken >= opened, taken + " after " + opened);
            assertTrue(taken < opened + LIMITS_BYTES / 2, taken + " after " + opened);
        }
    }

    /** Of a JVM of its own, from its start: classes are compiled before our first line, too. */
    @Test
    void theJvmsCompilationCountsFromItsStartToTheFirstToken() {
        long before = ManagementFactory.getCompilationMXBean().getTotalCompilationTime() * 1_000_000;
        assertTrue(before > 0);
        try (CellWork work = work("cpu")) {
            work.prepare();
            FirstToken first = work.open();
            assertTrue(first.jvmCompileNanos() >= before, first.jvmCompileNanos() + " after " + before);
        }
    }

    @Test
    void whatIsLeftOutIsInNoFigureAndWhatComesAfterItIs() {
        Assumptions.assumeTrue(ProcessMemory.forget(), "this system's highest figure cannot be begun again");
        ProcessMemory memory = new ProcessMemory();
        long before = memory.peakResidentBytes();
        memory.leavingOut(() -> touched(LIMITS_BYTES));
        long without = memory.peakResidentBytes();
        assertTrue(without < before + LIMITS_BYTES / 2, without + " after " + before);
        touched(LIMITS_BYTES);
        assertTrue(memory.peakResidentBytes() > before + LIMITS_BYTES / 2, "what is not left out counts");
    }

    private static boolean touched(long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            return arena.allocate(bytes).fill((byte) 1).byteSize() == bytes;
        }
    }
}
