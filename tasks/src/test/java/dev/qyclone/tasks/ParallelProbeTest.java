package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.DeviceFacts;
import dev.qyclone.engine.stage.DeviceKind;
import dev.qyclone.tasks.kernels.ProbeKernels;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Each item of a parallel loop runs once: the flags and annotations that this hangs on are there. */
class ParallelProbeTest {
    private static final Device INVENTED = new Device("opencl:0:0", DeviceKind.GPU, "", "", 1, DeviceFacts.NONE, "");
    private static final int ITEMS = 128;

    /** As the probe's kernel, without the annotation: what a device does that does not see it. */
    static final class WholeLoopInEveryItem {
        private WholeLoopInEveryItem() {
        }

        public static void count(IntArray counts, int items) {
            for (int i = 0; i < items; i++) {
                counts.set(i, counts.get(i) + 1);
            }
        }
    }

    @Test
    @Tag("device")
    void everyItemAddsOnceOnADevice() {
        DeviceUnderTest.require();
        IntArray counts = new IntArray(ITEMS);
        counts.init(5);
        ParallelProbe.run(TornadoRuntimeProvider.getTornadoRuntime().getDefaultDevice(), KernelStore.NONE, counts,
                (graph, task) -> graph.task(task, ProbeKernels::count, counts, ITEMS));
        int[] expected = new int[ITEMS];
        Arrays.fill(expected, 6);
        assertArrayEquals(expected, counts.toHeapArray());
    }

    @Test
    @Tag("device")
    void aDeviceThatRunsLoopsWholeIsFoundOut() {
        DeviceUnderTest.require();
        IntArray counts = new IntArray(ITEMS);
        counts.init(0);
        ParallelProbe.run(TornadoRuntimeProvider.getTornadoRuntime().getDefaultDevice(), KernelStore.NONE, counts,
                (graph, task) -> graph.task(task, WholeLoopInEveryItem::count, counts, ITEMS));
        assertThrows(EngineException.class, () -> ParallelProbe.judge(INVENTED, counts.toHeapArray()));
    }

    @Test
    void refusesWithTheDeviceAndTheFirstWrongCount() {
        assertDoesNotThrow(() -> ParallelProbe.judge(INVENTED, new int[] {1, 1}));
        EngineException failure = assertThrows(EngineException.class, () -> ParallelProbe.judge(INVENTED, new int[] {1, 128}));
        assertEquals(ErrorCode.DEVICE_UNAVAILABLE, failure.code());
        assertTrue(failure.getMessage().contains("opencl:0:0") && failure.getMessage().contains("128 at item 1"), failure.getMessage());
    }
}
