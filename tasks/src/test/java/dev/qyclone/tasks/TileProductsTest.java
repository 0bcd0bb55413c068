package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import dev.qyclone.tasks.kernels.Call;
import dev.qyclone.tasks.kernels.Cursor;
import dev.qyclone.tasks.kernels.Elements;
import dev.qyclone.tasks.kernels.HostArrays;
import dev.qyclone.tasks.kernels.Layers;
import dev.qyclone.tasks.kernels.PackedMatrix;
import dev.qyclone.tasks.kernels.Role;
import dev.qyclone.tasks.kernels.TileProducts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Products of many tokens by tiles, against sums in double over the decoded rows, and on a device against the same kernel as Java on the
 * host; the second of two layers. Rows, columns and tokens end within tiles, and behind them nothing is written.
 */
class TileProductsTest {
    /** Largest error of a sum, relative to the sum of its terms' magnitudes. */
    private static final double TOLERANCE = 2e-6;
    /** Work-groups on the host, where each item is a thread. */
    private static final int HOST_ITEMS = 16;
    /** So many that no matrix here has tiles for all of them: one band each. */
    private static final int MANY = 1000;

    /** What becomes of the sums. */
    private enum Does {
        SET(0), ADD(Role.ADDED), BIAS(Role.BIASED), GATE(0);

        final int role;

        Does(int role) {
            this.role = role | Role.CURRENT_LAYER;
        }
    }

    private static final class Case {
        final Random random = new Random(31);
        final HostArrays arrays = new HostArrays(); // for as long as the JVM lives: cases are small
        final Does does;
        final int cols;
        final int rows;
        final int width;
        final int tokens;
        final int room;
        final List<Tensor> tensors = new ArrayList<>();
        final StackedMatrix weights;
        final IntArray call = new IntArray(Call.INTS);
        final IntArray cursor = new IntArray(Cursor.INTS);
        final IntArray layers = new IntArray(2 * Layers.INTS);
        final FloatArray x;
        final FloatArray bias;
        final FloatArray out;
        final float[] before;

        /** @param rowsOf of each tensor; gates and ups are two of them */
        Case(Does does, List<TensorType> types, List<Integer> rowsOf, int cols, int tokens, int room) {
            this.does = does;
            int block = types.stream().mapToInt(TensorType::blockSize).max().orElseThrow();
            this.cols = Math.ceilDiv(cols, block) * block;
            this.rows = rowsOf.stream().mapToInt(Integer::intValue).sum();
            this.width = does == Does.GATE ? rows / 2 : rows;
            this.tokens = tokens;
            this.room = room;
            List<Tensor> others = new ArrayList<>();
            for (int i = 0; i < types.size(); i++) {
                tensors.add(ProductCase.tensor(types.get(i), rowsOf.get(i), this.cols, random));
                others.add(ProductCase.tensor(types.get(i), rowsOf.get(i), this.cols, random));
            }
            this.weights = does == Does.GATE ? StackedMatrix.gated(List.of(others, tensors), arrays)
                    : StackedMatrix.of(List.of(others, tensors), arrays);
            arrays.begin();
            arrays.awaitFilled();
            this.x = gaussian(room * this.cols);
            for (int i = tokens * this.cols; i < x.getSize(); i++) {
                x.set(i, Float.NaN); // no token
            }
            this.bias = gaussian(2 * rows);
            this.out = gaussian(room * width);
            this.before = out.toHeapArray();
            call.init(0);
            call.set(Call.TOKENS, tokens);
            cursor.init(0);
            cursor.set(Cursor.CURRENT, 1);
            layers.init(0);
            layers.set(Layers.INTS + Layers.SLICE, 1);
        }

        private FloatArray gaussian(int size) {
            FloatArray array = new FloatArray(size);
            for (int i = 0; i < size; i++) {
                array.set(i, (float) random.nextGaussian());
            }
            return array;
        }

        /** @param bands of each part */
        void onTheHost(int items, int bands) {
            TileShape shape = new TileShape(items, 1);
            for (StackedMatrix.Part part : weights.parts()) {
                PackedMatrix m = part.matrix();
                int flags = does.role | part.role() | m.format() << Role.FORMAT_SHIFT;
                HostGroup.run(shape.groups(m.rows(), room, bands), items, context -> TileProducts.tiles(context, call, cursor, layers, x,
                        m.words(), m.scales(), bias, out, Elements.kind(m.type()), shape.tokenTiles(room), bands, m.rows(), cols,
                        part.firstRow(), width, flags));
            }
            check(null);
            for (int i = tokens * width; i < out.getSize(); i++) {
                assertEquals(before[i], out.get(i), "behind the last token, " + i);
            }
        }

        void onADevice(TileShape shape, float[] onHost) {
            DeviceUnderTest.require();
            try (GraphChain chain = new GraphChain(shape.items())) {
                Steps steps = chain.next("tiles").own(call, cursor, layers, x, bias, out);
                new TileSteps(steps, shape, call, cursor, layers, room).product("product", x, weights, bias, out, width, does.role);
                assertEquals(weights.parts().size(), steps.count());
                steps.fetch(out);
                chain.open(TornadoRuntimeProvider.getTornadoRuntime().getDefaultDevice(), () -> { });
            }
            check(onHost);
        }

        private void check(float[] other) {
            float[] decoded = new float[cols];
            int row = 0;
            for (Tensor tensor : tensors) {
                for (int r = 0; r < tensor.rows() && row < width; r++) {
                    tensor.decodeRow(r, decoded, 0);
                    for (int t = 0; t < tokens; t++) {
                        double[] wanted = wanted(decoded, r, row, t);
                        int at = t * width + row;
                        String where = does + " " + tensors + ", row " + row + ", token " + t;
                        assertEquals(wanted[0], out.get(at), TOLERANCE * wanted[1], where);
                        if (other != null) {
                            assertEquals(other[at], out.get(at), TOLERANCE * wanted[1], where + " beside the host");
                        }
                    }
                    row++;
                }
            }
        }

        /** What comes out, and how large what it is made of is. */
        private double[] wanted(float[] decoded, int r, int row, int token) {
            double[] sum = sum(decoded, token);
            return switch (does) {
                case SET -> sum;
                case ADD -> added(sum, before[token * width + row]);
                case BIAS -> added(sum, bias.get(width + row));
                case GATE -> {
                    float[] upRow = new float[cols];
                    tensors.getLast().decodeRow(r, upRow, 0);
                    double[] up = sum(upRow, token);
                    yield new double[] {sum[0] / (1 + Math.exp(-sum[0])) * up[0], (sum[1] + 1) * (up[1] + 1)};
                }
            };
        }

        private static double[] added(double[] sum, double more) {
            return new double[] {sum[0] + more, sum[1] + Math.abs(more)};
        }

        private double[] sum(float[] decoded, int token) {
            double[] sums = new double[2];
            for (int i = 0; i < cols; i++) {
                double term = (double) decoded[i] * x.get(token * cols + i);
                sums[0] += term;
                sums[1] += Math.abs(term);
            }
            return sums;
        }
    }

    /** A case of one type: twice as many rows where half of them are gates. */
    private static Case caseOf(String type, String does, int rows, int cols, int tokens, int room) {
        int tensors = Does.valueOf(does) == Does.GATE ? 2 : 1;
        return new Case(Does.valueOf(does), Collections.nCopies(tensors, TensorType.valueOf(type)), Collections.nCopies(tensors, rows),
                cols, tokens, room);
    }

    /** In a class loader of its own. */
    private static float[] onHost(TensorType type, Does does, int rows, int cols, int tokens, int room, int bands) {
        return (float[]) Apart.call(TileProductsTest.class, "runOnHost", type.name(), does.name(), rows, cols, tokens, room, bands);
    }

    /** Called by name. */
    static float[] runOnHost(String type, String does, int rows, int cols, int tokens, int room, int bands) {
        Case c = caseOf(type, does, rows, cols, tokens, room);
        c.onTheHost(HOST_ITEMS, bands);
        return c.out.toHeapArray();
    }

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void onTheHost(TensorType type) {
        for (Does does : Does.values()) {
            onHost(type, does, 33, 33, 9, 16, 2);
        }
        onHost(type, Does.ADD, 7, 31, 4, 8, 1);
    }

    @ParameterizedTest
    @CsvSource({"1,1,4,8", "31,32,5,8", "207,64,8,8", "40,207,17,24", "16,896,3,8"})
    void oddSizesOnTheHost(int rows, int cols, int tokens, int room) {
        for (int bands = 1; bands <= 2; bands++) {
            onHost(TensorType.F32, Does.BIAS, rows, cols, tokens, room, bands);
            onHost(TensorType.F16, Does.SET, rows, cols, tokens, room, bands);
        }
        onHost(TensorType.Q8_0, Does.GATE, rows, cols, tokens, room, 2);
    }

    private static Stream<Arguments> everyTypeAndGroup() {
        return Arrays.stream(TensorType.values()).flatMap(type -> Stream.of(16, 64).map(items -> Arguments.of(type, items)));
    }

    /** Every type in each of what is done with sums, each at an odd size of its own, since each costs a kernel to compile. */
    @ParameterizedTest
    @MethodSource("everyTypeAndGroup")
    @Tag("device")
    void addedBiasedAndGated(TensorType type, int items) {
        asOnTheHost(type, Does.ADD, 31, 7, 37, 40, new TileShape(items, MANY));
        asOnTheHost(type, Does.BIAS, 70, 207, 4, 8, new TileShape(items, 1));
        asOnTheHost(type, Does.GATE, 33, 896, 9, 16, new TileShape(items, 1));
    }

    /** Rows, columns and tokens that are one, or end in the middle of whatever is cut. */
    @ParameterizedTest
    @CsvSource({"1,1,1,8", "7,31,128,128", "207,33,100,128", "64,64,32,32", "129,4864,33,40"})
    @Tag("device")
    void oddSizes(int rows, int cols, int tokens, int room) {
        asOnTheHost(TensorType.F32, Does.ADD, rows, cols, tokens, room, TileShape.of(64, 1));
        asOnTheHost(TensorType.F16, Does.SET, rows, cols, tokens, room, TileShape.of(32, MANY));
    }

    private static void asOnTheHost(TensorType type, Does does, int rows, int cols, int tokens, int room, TileShape shape) {
        DeviceUnderTest.require();
        caseOf(type.name(), does.name(), rows, cols, tokens, room)
                .onADevice(shape, onHost(type, does, rows, cols, tokens, room, does == Does.GATE ? 2 : shape.bands(rows, room, false)));
    }

    /** Queries and keys of one type, values of another; gates and ups of two. */
    @Test
    @Tag("device")
    void mixedTypes() {
        new Case(Does.BIAS, List.of(TensorType.Q4_K, TensorType.Q4_K, TensorType.Q6_K), List.of(40, 20, 21), 256, 11, 16)
                .onADevice(TileShape.of(64, 1), null);
        new Case(Does.GATE, List.of(TensorType.Q8_0, TensorType.F16), List.of(41, 41), 96, 11, 16)
                .onADevice(TileShape.of(64, 1), null);
    }

    @Test
    void tilesAreLowerWhereTallOnesWouldLeaveProcessorsWithoutWork() {
        TileShape shape = TileShape.of(256, 14);
        assertEquals(new TileShape(64, 14), shape);
        assertEquals(2, shape.bands(896, 128, false)); // 14 · 4 tiles of two bands
        assertEquals(1, shape.bands(896, 32, false));
        assertEquals(2, shape.bands(896, 32, true));
        assertEquals(28, shape.groups(896, 32, 1));
        assertEquals(4, shape.groups(33, 97, 2));
        assertEquals(new TileShape(32, 1), TileShape.of(48, 0));
    }
}
