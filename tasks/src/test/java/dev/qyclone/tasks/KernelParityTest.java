package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.qyclone.engine.tensor.Blocks;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import dev.qyclone.tasks.kernels.BatchKernels;
import dev.qyclone.tasks.kernels.Call;
import dev.qyclone.tasks.kernels.Cursor;
import dev.qyclone.tasks.kernels.HostArrays;
import dev.qyclone.tasks.kernels.LargestKernels;
import dev.qyclone.tasks.kernels.Layers;
import dev.qyclone.tasks.kernels.MixtureKernels;
import dev.qyclone.tasks.kernels.MoveKernels;
import dev.qyclone.tasks.kernels.PackedMatrix;
import dev.qyclone.tasks.kernels.PanelFill;
import dev.qyclone.tasks.kernels.PanelProducts;
import dev.qyclone.tasks.kernels.Panels;
import dev.qyclone.tasks.kernels.ProbeKernels;
import dev.qyclone.tasks.kernels.RateKernels;
import dev.qyclone.tasks.kernels.StepKernels;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/**
 * Kernels around the products on a device, each against its own execution as Java on the host; the second of two layers. Products and
 * attention have tests of their own, where both are compared with sums in double.
 */
@Tag("device")
class KernelParityTest {
    /** Largest difference of values around 1: exponentials and roots are the driver's. */
    private static final float TOLERANCE = 2e-6f;
    private static final int TOKENS = 3;
    private static final int COLS = 33;
    /** What a panel makes of columns. */
    private static final int PADDED = 80;
    private static final int ITEMS = TOKENS * COLS;
    private static final float EPS = 1e-6f;

    /** Arguments of a kernel, the same each time they are made. */
    private static final class Arguments {
        private final Random random = new Random(23);
        final IntArray call = new IntArray(Call.INTS);
        final IntArray cursor = new IntArray(Cursor.INTS);
        final IntArray layers = new IntArray(2 * Layers.INTS);
        final IntArray ints = new IntArray(ITEMS);
        final IntArray more = new IntArray(ITEMS);
        final FloatArray x = gaussian(TOKENS * PADDED);
        final FloatArray y = gaussian(TOKENS * PADDED);
        final FloatArray z = gaussian(TOKENS * PADDED);
        final FloatArray w = gaussian(TOKENS * PADDED);
        final FloatArray out = gaussian(ITEMS);
        final FloatArray angles = gaussian(20);
        final FloatArray row = gaussian(40);
        final IntArray one = new IntArray(1);
        final ShortArray shorts = new ShortArray(2 * ITEMS);
        final ShortArray moved = new ShortArray(ITEMS);

        Arguments() {
            one.init(0);
            call.init(0);
            call.set(Call.TOKENS, TOKENS);
            cursor.init(1);
            layers.init(0);
            layers.set(Layers.INTS + Layers.SLICE, 1);
            for (int i = 0; i < ITEMS; i++) {
                ints.set(i, i * 7 % 5);
                more.set(i, i);
                moved.set(i, (short) (3 * i));
            }
            for (int i = 0; i < shorts.getSize(); i++) {
                shorts.set(i, (short) (i * 11 - 700));
            }
        }

        private FloatArray gaussian(int size) {
            FloatArray array = new FloatArray(size);
            for (int i = 0; i < size; i++) {
                array.set(i, (float) random.nextGaussian());
            }
            return array;
        }
    }

    /** A kernel with its arguments, as Java. */
    private interface OnHost {
        void run(Arguments a);
    }

    /** The same as a step of a graph. */
    private interface OnDevice {
        Steps.Kernel of(Arguments a);
    }

    /** What of the arguments the kernel takes. */
    private interface Taken {
        List<Object> of(Arguments a);
    }

    private static void parity(int items, Taken taken, OnHost onHost, OnDevice onDevice) {
        DeviceUnderTest.require();
        Arguments host = new Arguments();
        onHost.run(host);
        Arguments device = new Arguments();
        try (GraphChain chain = new GraphChain(64)) {
            Steps steps = chain.next("parity");
            Object[] arrays = taken.of(device).toArray();
            steps.own(arrays).overItems("step", items, onDevice.of(device)).fetch(arrays);
            chain.open(TornadoRuntimeProvider.getTornadoRuntime().getDefaultDevice(), () -> { });
        }
        for (int i = 0; i < taken.of(host).size(); i++) {
            assertSame(taken.of(host).get(i), taken.of(device).get(i), "argument " + i);
        }
    }

    private static void assertSame(Object host, Object device, String what) {
        switch (host) {
            case FloatArray floats -> assertArrayEquals(floats.toHeapArray(), ((FloatArray) device).toHeapArray(), TOLERANCE, what);
            case IntArray ints -> assertArrayEquals(ints.toHeapArray(), ((IntArray) device).toHeapArray(), what);
            case ShortArray shorts -> assertArrayEquals(shorts.toHeapArray(), ((ShortArray) device).toHeapArray(), what);
            default -> throw new IllegalArgumentException(what + ": " + host);
        }
    }

    @Test
    void takesACallApart() {
        int angles = 20;
        int count = 40;
        parity(count, a -> List.of(a.x, a.call, a.cursor, a.angles, a.row),
                a -> StepKernels.enter(a.x, a.call, a.cursor, a.angles, a.row, angles, count, count),
                a -> (graph, task) -> graph.task(task, StepKernels::enter, a.x, a.call, a.cursor, a.angles, a.row, angles, count, count));
    }

    @Test
    void normsRows() {
        parity(TOKENS, a -> List.of(a.call, a.cursor, a.layers, a.x, a.y, a.out),
                a -> BatchKernels.normRows(a.call, a.cursor, Cursor.CURRENT, a.layers, a.x, a.y, a.out, TOKENS, COLS, EPS),
                a -> (graph, task) -> graph.task(task, BatchKernels::normRows, a.call, a.cursor, Cursor.CURRENT, a.layers, a.x, a.y, a.out,
                        TOKENS, COLS, EPS));
    }

    @Test
    void activatesGates() {
        parity(ITEMS, a -> List.of(a.call, a.x, a.out),
                a -> BatchKernels.swiGlu(a.call, a.x, a.out, ITEMS, COLS, PADDED),
                a -> (graph, task) -> graph.task(task, BatchKernels::swiGlu, a.call, a.x, a.out, ITEMS, COLS, PADDED));
        parity(ITEMS, a -> List.of(a.call, a.x, a.out),
                a -> MixtureKernels.gateChoices(a.call, a.x, a.out, ITEMS, 1, COLS, PADDED, COLS),
                a -> (graph, task) -> graph.task(task, MixtureKernels::gateChoices, a.call, a.x, a.out, ITEMS, 1, COLS, PADDED, COLS));
    }

    @Test
    void addsChoices() {
        parity(ITEMS, a -> List.of(a.call, a.x, a.y, a.z, a.w, a.out),
                a -> MixtureKernels.addChoices(a.call, a.x, a.y, a.z, a.w, a.out, ITEMS, 1, COLS, PADDED),
                a -> (graph, task) -> graph.task(task, MixtureKernels::addChoices, a.call, a.x, a.y, a.z, a.w, a.out, ITEMS, 1, COLS,
                        PADDED));
    }

    @Test
    void weighsExperts() {
        parity(Cursor.INTS, a -> List.of(a.ints, a.cursor), a -> MixtureKernels.pick(a.ints, a.cursor, 2),
                a -> (graph, task) -> graph.task(task, MixtureKernels::pick, a.ints, a.cursor, 2));
        parity(ITEMS, a -> List.of(a.out, a.x), a -> MixtureKernels.weigh(a.out, a.x, 1, COLS, ITEMS),
                a -> (graph, task) -> graph.task(task, MixtureKernels::weigh, a.out, a.x, 1, COLS, ITEMS));
        parity(ITEMS, a -> List.of(a.out, a.x), a -> MixtureKernels.weighShared(a.out, a.x, COLS, ITEMS),
                a -> (graph, task) -> graph.task(task, MixtureKernels::weighShared, a.out, a.x, COLS, ITEMS));
    }

    @Test
    void findsTheLargest() {
        int parts = ITEMS;
        int length = 2;
        int count = parts * length - 1;
        parity(parts, a -> List.of(a.x, a.out, a.ints),
                a -> LargestKernels.ofParts(a.x, a.out, a.ints, count, length, parts),
                a -> (graph, task) -> graph.task(task, LargestKernels::ofParts, a.x, a.out, a.ints, count, length, parts));
        parity(1, a -> List.of(a.out, a.more, a.one), a -> LargestKernels.ofAll(a.out, a.more, a.one, parts),
                a -> (graph, task) -> graph.task(task, LargestKernels::ofAll, a.out, a.more, a.one, parts));
    }

    @Test
    void moves() {
        int pool = 2 * ITEMS;
        parity(ITEMS, a -> List.of(a.more, a.x, a.out), a -> MoveKernels.take(a.more, a.x, a.out, ITEMS, 50),
                a -> (graph, task) -> graph.task(task, MoveKernels::take, a.more, a.x, a.out, ITEMS, 50));
        parity(ITEMS, a -> List.of(a.more, a.shorts, a.moved), a -> MoveKernels.takeHalves(a.more, a.shorts, a.moved, ITEMS, pool),
                a -> (graph, task) -> graph.task(task, MoveKernels::takeHalves, a.more, a.shorts, a.moved, ITEMS, pool));
        // all of the pool: what a step does not write of an array that it only writes is anything
        parity(ITEMS, a -> List.of(whole(a), a.x, a.out), a -> MoveKernels.put(whole(a), a.x, a.out, ITEMS),
                a -> (graph, task) -> graph.task(task, MoveKernels::put, whole(a), a.x, a.out, ITEMS));
        parity(ITEMS, a -> List.of(whole(a), a.shorts, a.moved), a -> MoveKernels.putHalves(whole(a), a.shorts, a.moved, ITEMS),
                a -> (graph, task) -> graph.task(task, MoveKernels::putHalves, whole(a), a.shorts, a.moved, ITEMS));
    }

    /** A pool may end where indices do. */
    @Test
    void whatIsTakenFromBehindTheLargestIndexIsTheLastElement() {
        parity(ITEMS, a -> List.of(atTheEnd(a), a.x, a.out), a -> MoveKernels.take(atTheEnd(a), a.x, a.out, ITEMS, 50),
                a -> (graph, task) -> graph.task(task, MoveKernels::take, a.ints, a.x, a.out, ITEMS, 50));
        parity(ITEMS, a -> List.of(atTheEnd(a), a.shorts, a.moved), a -> MoveKernels.takeHalves(atTheEnd(a), a.shorts, a.moved, ITEMS, 50),
                a -> (graph, task) -> graph.task(task, MoveKernels::takeHalves, a.ints, a.shorts, a.moved, ITEMS, 50));
    }

    private static IntArray atTheEnd(Arguments a) {
        a.ints.set(0, Integer.MAX_VALUE - 1);
        return a.ints;
    }

    private static IntArray whole(Arguments a) {
        a.ints.set(0, 0);
        a.ints.set(1, ITEMS);
        return a.ints;
    }

    @Test
    void probes() {
        parity(ITEMS, a -> List.of(a.ints), a -> ProbeKernels.count(a.ints, ITEMS),
                a -> (graph, task) -> graph.task(task, ProbeKernels::count, a.ints, ITEMS));
        parity(TOKENS * PADDED / 16, a -> List.of(a.x, a.y), a -> RateKernels.copyLanes(a.x, a.y, TOKENS * PADDED / 16),
                a -> (graph, task) -> graph.task(task, RateKernels::copyLanes, a.x, a.y, TOKENS * PADDED / 16));
    }

    /** Packed matrices as panels: more rows than a panel has, a super-block of columns. */
    @ParameterizedTest
    @EnumSource(TensorType.class)
    void fillsPanels(TensorType type) {
        int rows = 18;
        int cols = 256;
        try (HostArrays arrays = new HostArrays()) {
            StackedMatrix stacked = StackedMatrix.of(List.of(List.of(tensor(type, rows, cols, 1)), List.of(tensor(type, rows, cols, 2))),
                    arrays);
            arrays.begin();
            arrays.awaitFilled();
            PackedMatrix m = stacked.parts().getFirst().matrix();
            FloatArray onHost = new FloatArray(BatchArrays.padded(rows) * cols);
            onHost.init(0f);
            fill(m, new Arguments(), onHost, rows, cols);
            Arguments a = new Arguments();
            FloatArray onDevice = new FloatArray(onHost.getSize());
            onDevice.init(0f);
            DeviceUnderTest.require();
            try (GraphChain chain = new GraphChain(64)) {
                Steps steps = chain.next("panels").own(a.cursor, a.layers, onDevice).own(stacked.arrays());
                new PanelSteps(steps, a.cursor, Cursor.CURRENT, a.layers).fill("panels", stacked.parts().getFirst(), onDevice);
                steps.fetch(onDevice);
                chain.open(TornadoRuntimeProvider.getTornadoRuntime().getDefaultDevice(), () -> { });
            }
            // Rows behind the last are never written, so on the device they are anything.
            for (int i = 0; i < onHost.getSize(); i++) {
                if (i / (cols * PanelProducts.LANES) * PanelProducts.LANES + i % PanelProducts.LANES < rows) {
                    assertEquals(onHost.get(i), onDevice.get(i), TOLERANCE, "element " + i);
                }
            }
        }
    }

    private static void fill(PackedMatrix m, Arguments a, FloatArray panels, int rows, int cols) {
        int items = m.groups() * Math.ceilDiv(cols, 32);
        switch (m.type()) {
            case F32 -> PanelFill.fromFloats(a.cursor, Cursor.CURRENT, a.layers, m.words(), m.scales(), panels, items,
                    rows, cols, m.format(), Panels.BELOW, 0);
            case F16 -> PanelFill.fromHalves(a.cursor, Cursor.CURRENT, a.layers, m.words(), m.scales(), panels, items,
                    rows, cols, m.format(), Panels.BELOW, 0);
            case BF16 -> PanelFill.fromRelative(a.cursor, Cursor.CURRENT, a.layers, m.words(), m.scales(), panels, items,
                    rows, cols, m.format(), Panels.BELOW, 0);
            case Q8_0 -> PanelFill.fromBytes(a.cursor, Cursor.CURRENT, a.layers, m.words(), m.scales(), panels, items,
                    rows, cols, m.format(), Panels.BELOW, 0);
            case Q4_0, Q4_1, Q4_K -> PanelFill.fromNibbles(a.cursor, Cursor.CURRENT, a.layers, m.words(), m.scales(), panels, items,
                    rows, cols, m.format(), Panels.BELOW, 0);
            case Q5_0, Q5_1, Q5_K, Q6_K -> PanelFill.fromWide(a.cursor, Cursor.CURRENT, a.layers, m.words(), m.scales(), panels, items,
                    rows, cols, m.format(), Panels.BELOW, 0);
        }
    }

    private static Tensor tensor(TensorType type, int rows, int cols, long seed) {
        Random random = new Random(seed);
        MemorySegment data = MemorySegment.ofArray(new byte[Math.toIntExact(type.bytes((long) rows * cols))]);
        float[] row = new float[cols];
        for (int r = 0; r < rows; r++) {
            for (int i = 0; i < cols; i++) {
                row[i] = (float) random.nextGaussian();
            }
            Blocks.encode(type, row, 0, data, r * type.bytes(cols), cols);
        }
        return new Tensor("w", type, new long[] {rows, cols}, data);
    }
}
