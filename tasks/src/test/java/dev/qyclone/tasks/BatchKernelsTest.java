package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import dev.qyclone.tasks.kernels.BatchKernels;
import dev.qyclone.tasks.kernels.Call;
import dev.qyclone.tasks.kernels.Cursor;
import dev.qyclone.tasks.kernels.HostArrays;
import dev.qyclone.tasks.kernels.Layers;
import dev.qyclone.tasks.kernels.PackedMatrix;
import dev.qyclone.tasks.kernels.PanelFill;
import dev.qyclone.tasks.kernels.PanelProducts;
import dev.qyclone.tasks.kernels.Panels;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Products of many tokens against sums in double, and on a device against the same kernels as Java on the host; the second of two layers,
 * so that offsets count.
 */
class BatchKernelsTest {
    private static final int TOKENS = 16;
    /** Largest error of a sum, relative to the sum of its terms' magnitudes. */
    private static final double TOLERANCE = 2e-6;

    static Stream<Arguments> cases() {
        return Stream.of(Arguments.of(1, 1, 1), Arguments.of(7, 31, 5), Arguments.of(32, 33, 8), Arguments.of(207, 64, 9),
                Arguments.of(16, 896, 16), Arguments.of(48, 207, 13));
    }

    private static Stream<Arguments> modes() {
        return cases().flatMap(c -> IntStream.of(PanelProducts.SET, PanelProducts.ADD, PanelProducts.BIAS)
                .mapToObj(mode -> Arguments.of(c.get()[0], c.get()[1], c.get()[2], mode)));
    }

    private final HostArrays arrays = new HostArrays();

    @AfterEach
    void giveBack() {
        arrays.close();
    }

    private final class Case {
        final Random random = new Random(5);
        final IntArray call = new IntArray(Call.INTS);
        final IntArray cursor = new IntArray(Cursor.INTS);
        final IntArray layers = new IntArray(2 * Layers.INTS);
        final int rows;
        final int cols;
        final int tokens;
        final int mode;
        final FloatArray x;
        final FloatArray weights;
        final PackedMatrix packed;
        final FloatArray bias;
        final FloatArray panels;
        final FloatArray out;
        final FloatArray sums;
        final float[] before;

        Case(int rows, int cols, int tokens, int mode) {
            this.rows = rows;
            this.cols = cols;
            this.tokens = tokens;
            this.mode = mode;
            this.x = random(TOKENS * cols);
            this.weights = random(2 * rows * cols);
            this.packed = new PackedMatrix(TensorType.F32, 2, rows, cols, (slice, row) -> row < rows
                    ? new Tensor("w", TensorType.F32, new long[] {1, cols},
                            weights.getSegment().asSlice(4L * (slice * rows + row) * cols, 4L * cols))
                    : null, arrays);
            arrays.awaitFilled();
            this.bias = random(2 * rows);
            this.panels = new FloatArray(PanelProducts.panels(rows) * PanelProducts.LANES * cols);
            panels.init(Float.NaN);
            this.sums = new FloatArray(TOKENS * padded());
            this.out = random(TOKENS * rows);
            this.before = out.toHeapArray();
            call.set(Call.TOKENS, tokens);
            cursor.set(Cursor.CURRENT, 1);
            layers.set(Layers.INTS + Layers.SLICE, 1);
        }

        private FloatArray random(int size) {
            FloatArray array = new FloatArray(size);
            for (int i = 0; i < size; i++) {
                array.set(i, (float) random.nextGaussian());
            }
            return array;
        }

        int padded() {
            return PanelProducts.panels(rows) * PanelProducts.LANES;
        }

        int columns() {
            return PanelProducts.panels(rows) * Math.ceilDiv(cols, 32);
        }

        int items() {
            return PanelProducts.items(rows, TOKENS);
        }

        /** @param other what the same kernels made of it elsewhere, or null */
        void check(float[] other) {
            for (int t = 0; t < tokens; t++) {
                for (int r = 0; r < rows; r++) {
                    double sum = switch (mode) {
                        case PanelProducts.SET -> 0;
                        case PanelProducts.ADD -> before[t * rows + r];
                        default -> bias.get(rows + r);
                    };
                    double size = Math.abs(sum);
                    for (int i = 0; i < cols; i++) {
                        double term = (double) weights.get((rows + r) * cols + i) * x.get(t * cols + i);
                        sum += term;
                        size += Math.abs(term);
                    }
                    assertEquals(sum, out.get(t * rows + r), TOLERANCE * size, "token " + t + ", row " + r);
                    if (other != null) {
                        assertEquals(other[t * rows + r], out.get(t * rows + r), TOLERANCE * size, "beside the host: token " + t
                                + ", row " + r);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("modes")
    void onTheHost(int rows, int cols, int tokens, int mode) {
        runOnHost(new Case(rows, cols, tokens, mode)).check(null);
    }

    private static Case runOnHost(Case c) {
        PanelFill.fromFloats(c.cursor, Cursor.CURRENT, c.layers, c.packed.words(), c.packed.scales(), c.panels, c.columns(), c.rows, c.cols,
                0, Panels.BELOW, 0);
        boolean whole = c.rows == c.padded();
        PanelProducts.product(c.call, c.cursor, Cursor.CURRENT, c.layers, c.x, c.panels, 0, c.bias, whole ? c.out : c.sums,
                whole ? c.mode : PanelProducts.SET, c.items(), TOKENS, c.padded(), c.cols);
        if (!whole) {
            BatchKernels.keepSums(c.call, c.cursor, Cursor.CURRENT, c.layers, c.sums, c.bias, c.out, c.mode, TOKENS * c.rows, c.rows,
                    c.padded());
        }
        return c;
    }

    @ParameterizedTest
    @MethodSource("modes")
    @Tag("device")
    void onADevice(int rows, int cols, int tokens, int mode) {
        DeviceUnderTest.require();
        Case c = new Case(rows, cols, tokens, mode);
        try (GraphChain chain = new GraphChain(64)) {
            Steps steps = chain.next("product");
            steps.own(c.call, c.cursor, c.layers, c.x, c.packed.words(), c.packed.scales(), c.panels, c.bias, c.out, c.sums);
            steps.overItems("panels", c.columns(), (graph, task) -> graph.task(task, PanelFill::fromFloats, c.cursor, Cursor.CURRENT,
                    c.layers, c.packed.words(), c.packed.scales(), c.panels, c.columns(), rows, cols, 0, Panels.BELOW, 0));
            boolean whole = rows == c.padded();
            steps.overItems("product", c.items(), (graph, task) -> graph.task(task, PanelProducts::product, c.call, c.cursor,
                    Cursor.CURRENT, c.layers, c.x, c.panels, 0, c.bias, whole ? c.out : c.sums, whole ? mode : PanelProducts.SET,
                    c.items(), TOKENS, c.padded(), cols));
            if (!whole) {
                steps.overItems("keep", TOKENS * rows, (graph, task) -> graph.task(task, BatchKernels::keepSums, c.call, c.cursor,
                        Cursor.CURRENT, c.layers, c.sums, c.bias, c.out, mode, TOKENS * rows, rows, c.padded()));
            }
            steps.fetch(c.out);
            chain.open(TornadoRuntimeProvider.getTornadoRuntime().getDefaultDevice(), () -> { });
        }
        c.check(runOnHost(new Case(rows, cols, tokens, mode)).out.toHeapArray());
    }
}
