package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.stage.CheckRow;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.KernelFamily;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** A kernel that computes other numbers, and one that cannot be compiled, are both refused in one line; a third is why there is a lint. */
class BrokenKernelTest {
    private static final int COUNT = 64;
    private static final int LEFT_OUT = 10;

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

    /** What it leaves out, the beginning, is not what was there before: TornadoVM does not upload what is only written. */
    public static void copyBehind(IntArray values, IntArray copies, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            copies.set(i + LEFT_OUT, values.get(i));
        }
    }

    /** The same for an array that it reads, too. */
    public static void addBehind(IntArray values, IntArray sums, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            sums.set(i + LEFT_OUT, sums.get(i + LEFT_OUT) + values.get(i));
        }
    }

    /** Why the lint has its rule of half-written arrays. */
    @Test
    @Tag("device")
    void whatAKernelLeavesOutOfAnArrayThatItOnlyWritesIsAnything() {
        int items = COUNT - LEFT_OUT;
        IntArray values = new IntArray(COUNT);
        values.init(5);
        int before = 1_234_567;
        int[] written = afterwards(values, before, out -> (graph, task) ->
                graph.task(task, BrokenKernelTest::copyBehind, values, out, items));
        assertEquals(5, written[LEFT_OUT]);
        assertNotEquals(before, written[0]);
        int[] added = afterwards(values, before, out -> (graph, task) -> graph.task(task, BrokenKernelTest::addBehind, values, out, items));
        assertEquals(before + 5, added[LEFT_OUT]);
        assertEquals(before, added[0]);
    }

    private static int[] afterwards(IntArray values, int before, Function<IntArray, Steps.Kernel> kernel) {
        DeviceUnderTest.require();
        IntArray out = new IntArray(COUNT);
        out.init(before);
        try (GraphChain chain = new GraphChain(COUNT)) {
            Steps steps = chain.next("written").own(values, out);
            steps.overItems("write", COUNT - LEFT_OUT, kernel.apply(out)).fetch(out);
            chain.open(DeviceUnderTest.tornado(), () -> { });
        }
        return out.toHeapArray();
    }

    @Test
    @Tag("device")
    void aKernelThatIsCompiledWronglyIsFoundByItsNumbers() {
        IntArray values = new IntArray(COUNT);
        values.init(-1000);
        ParallelProbe.run(DeviceUnderTest.tornado(), KernelStore.NONE, values,
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
        EngineException e = assertThrows(EngineException.class, () -> ParallelProbe.run(DeviceUnderTest.tornado(), KernelStore.NONE, values,
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
