package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.tasks.kernels.HostArrays;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * An opening that fails on its way keeps nothing of what it had taken on the device. Where the device is this machine, that memory is
 * the process' own: each opening uploads {@link #BYTES} before it fails, and one opening in three that kept them would be more than
 * a JVM's own memory was ever seen to grow by (120 MB).
 */
@Tag("device")
class FailedOpeningTest {
    private static final int OPENINGS = 16;
    private static final int WARM = 3;
    private static final int ELEMENTS = 1 << 24;
    private static final long BYTES = (long) ELEMENTS * Integer.BYTES;
    private static final int ITEMS = 64;

    private TornadoDevice device;

    public static void touch(IntArray values, int items) {
        for (@Parallel int i = 0; i < items; i++) {
            values.set(i, values.get(i) + 1);
        }
    }

    @BeforeEach
    void require() {
        device = DeviceUnderTest.tornado();
        Assumptions.assumeTrue(Files.isReadable(Path.of("/proc/self/status")), "memory is read from Linux' /proc");
    }

    @Test
    void aKernelThatCannotBeCompiledLeavesNoMemoryBehind() throws IOException, InterruptedException {
        IntArray values = new IntArray(ITEMS);
        requireNothingLeft(ErrorCode.DEVICE_UNAVAILABLE, (chain, arrays) -> chain.next("broken").own(values)
                .overItems("zeros", ITEMS, (graph, task) -> graph.task(task, BrokenKernelTest::countZeros, values, ITEMS)));
    }

    @Test
    void anArrayThatTheDeviceHasNoMemoryForLeavesNoMemoryBehind() throws IOException, InterruptedException {
        long most = device.getMaxAllocMemory() / Integer.BYTES;
        Assumptions.assumeTrue(most < Integer.MAX_VALUE - 64L, "the device takes the largest array there is");
        requireNothingLeft(ErrorCode.OUT_OF_MEMORY, (chain, arrays) -> {
            IntArray beside = arrays.ints(ELEMENTS);
            IntArray tooLarge = arrays.ints((int) most);
            chain.next("large").own(beside, tooLarge)
                    .overItems("beside", ITEMS, (graph, task) -> graph.task(task, FailedOpeningTest::touch, beside, ITEMS))
                    .overItems("touch", ITEMS, (graph, task) -> graph.task(task, FailedOpeningTest::touch, tooLarge, ITEMS));
        });
    }

    private void requireNothingLeft(ErrorCode expected, BiConsumer<GraphChain, HostArrays> failing)
            throws IOException, InterruptedException {
        long after = 0;
        for (int i = 0; i < OPENINGS; i++) {
            try (HostArrays arrays = new HostArrays()) {
                GraphChain chain = new GraphChain(ITEMS);
                IntArray large = arrays.ints(ELEMENTS);
                chain.next("right").own(large)
                        .overItems("touch", ITEMS, (graph, task) -> graph.task(task, FailedOpeningTest::touch, large, ITEMS));
                failing.accept(chain, arrays);
                EngineException e = assertThrows(EngineException.class, () -> chain.open(device, () -> { }, arrays));
                assertEquals(expected, e.code(), e.getMessage());
            }
            if (i == WARM) {
                after = ResidentMemory.bytes();
            }
        }
        long grown = ResidentMemory.bytes() - after;
        assertTrue(grown < OPENINGS / 3 * BYTES, "grown by " + grown + " bytes over " + (OPENINGS - 1 - WARM) + " openings of " + BYTES);
    }
}
