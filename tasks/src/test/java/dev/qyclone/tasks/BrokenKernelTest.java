package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.stage.CheckRow;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.KernelFamily;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** A kernel that computes other numbers, and one that cannot be compiled, are both refused in one line. */
class BrokenKernelTest {
    private static final int COUNT = 64;

    /** TornadoVM compiles this to a signed shift, without a word. */
    public static void shiftWrongly(IntArray values, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            values.set(i, values.get(i) >>> 3);
        }
    }

    /** TornadoVM knows no code for this. */
    public static void countZeros(IntArray values, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            values.set(i, Integer.numberOfLeadingZeros(values.get(i)));
        }
    }

    @Test
    @Tag("device")
    void aKernelThatIsCompiledWronglyIsFoundByItsNumbers() {
        IntArray values = new IntArray(COUNT);
        values.init(-1000);
        ParallelProbe.run(DeviceUnderTest.tornado(), values,
                (graph, task) -> graph.task(task, BrokenKernelTest::shiftWrongly, values, COUNT));
        IntArray expected = new IntArray(COUNT);
        expected.init(-1000);
        shiftWrongly(expected, COUNT);
        double error = CheckRow.distance(floats(values), floats(expected));
        CheckRow row = CheckRow.ran("shift", KernelFamily.PARALLEL, "-", "64", error, StageCheck.TOLERANCE, 0, "");
        assertEquals(CheckRow.Verdict.WRONG, row.verdict());
        Device device = DeviceUnderTest.require();
        EngineException e = assertThrows(EngineException.class, () -> StageCheck.require(device, List.of(row)));
        assertEquals(ErrorCode.DEVICE_WRONG, e.code());
        assertTrue(e.getMessage().contains("shift") && e.getMessage().contains(device.id()), e.getMessage());
    }

    @Test
    @Tag("device")
    void aKernelThatCannotBeCompiledIsRefusedInOneLine() {
        IntArray values = new IntArray(COUNT);
        EngineException e = assertThrows(EngineException.class, () -> ParallelProbe.run(DeviceUnderTest.tornado(), values,
                (graph, task) -> graph.task(task, BrokenKernelTest::countZeros, values, COUNT)));
        assertEquals(ErrorCode.DEVICE_UNAVAILABLE, e.code());
        assertFalse(e.getMessage().contains("\n") || e.getMessage().contains("\u001B"), e.getMessage());
    }

    @Test
    void aDistanceThatIsNoNumberIsWrong() {
        double error = CheckRow.distance(new float[] {Float.NaN, 1}, new float[] {1, 1});
        assertEquals(CheckRow.Verdict.WRONG, CheckRow.ran("k", KernelFamily.AUTO, "-", "2", error, 1, 0, "").verdict());
    }

    private static float[] floats(IntArray values) {
        float[] floats = new float[values.getSize()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = values.get(i);
        }
        return floats;
    }
}
