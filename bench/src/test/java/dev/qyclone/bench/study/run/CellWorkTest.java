package dev.qyclone.bench.study.run;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.bench.study.CellTarget;
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

/** One cell, in this JVM or in one of its own. */
class CellWorkTest {
    private static final StudySettings SETTINGS = new StudySettings(9, 3, 1, 0, 100, 0, List.of(1, 5), 2, 2);
    private static final long LIMITS_BYTES = 256L << 20;

    @TempDir
    private Path folder;

    private CellSpec spec() {
        return new CellSpec(TinyModel.write(folder, TensorType.F32).toString(), new CellTarget("stored", List.of("cpu"), 0, "auto"), null,
                SETTINGS, null, 0);
    }

    /** What a cell in a JVM of its own says of its memory. */
    private long peak(boolean withLimits) {
        try (WorkerProcess cell = WorkerProcess.start(CellMain.command(), spec(), folder)) {
            cell.prepare();
            cell.open();
            if (withLimits) {
                assertNotNull(cell.limits("cpu"));
            }
            cell.warmUp();
            long peak = cell.memory().peakResidentBytes();
            cell.layers();
            return peak;
        }
    }

    @Test
    void memoryIsThatOfTheModelAndNotOfWhatMeasuresLimits() {
        Assumptions.assumeTrue(ProcessMemory.forget(), "this system's highest figure cannot be begun again");
        long without = peak(false);
        long with = peak(true);
        assertTrue(with < without + LIMITS_BYTES / 2, with + " with limits, " + without + " without");
    }

    /** Of a JVM of its own, from its start: classes are compiled before our first line, too. */
    @Test
    void theJvmsCompilationCountsFromItsStartToTheFirstToken() {
        long before = ManagementFactory.getCompilationMXBean().getTotalCompilationTime() * 1_000_000;
        assertTrue(before > 0);
        try (CellWork work = new CellWork(spec().startedAt(System.currentTimeMillis()), Backends::discover)) {
            work.prepare();
            FirstToken first = work.open();
            assertTrue(first.jvmCompileNanos() >= before, first.jvmCompileNanos() + " after " + before);
        }
    }

    @Test
    void whatIsLeftOutIsInNoFigureAndWhatComesAfterItIs() {
        System.gc(); // so that nothing of this JVM's heap is given back meanwhile
        Assumptions.assumeTrue(ProcessMemory.forget(), "this system's highest figure cannot be begun again");
        ProcessMemory memory = new ProcessMemory();
        long before = memory.peakResidentBytes();
        memory.leavingOut(() -> touched(2 * LIMITS_BYTES));
        long without = memory.peakResidentBytes();
        assertTrue(without < before + LIMITS_BYTES, without + " after " + before);
        touched(4 * LIMITS_BYTES);
        assertTrue(memory.peakResidentBytes() > before + LIMITS_BYTES, "what is not left out counts");
    }

    private static boolean touched(long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            return arena.allocate(bytes).fill((byte) 1).byteSize() == bytes;
        }
    }
}
