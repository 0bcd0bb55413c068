package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.tensor.Blocks;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import dev.qyclone.tasks.kernels.BlockGroupProducts;
import dev.qyclone.tasks.kernels.BlockProducts;
import dev.qyclone.tasks.kernels.Cursor;
import dev.qyclone.tasks.kernels.HostArrays;
import dev.qyclone.tasks.kernels.Layers;
import dev.qyclone.tasks.kernels.PackedMatrix;
import dev.qyclone.tasks.kernels.PanelProducts;
import dev.qyclone.tasks.kernels.PlainGroupProducts;
import dev.qyclone.tasks.kernels.PlainProducts;
import dev.qyclone.tasks.kernels.Role;
import dev.qyclone.tasks.kernels.RowProducts;
import dev.qyclone.tasks.kernels.RowSizes;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Products of packed weights, on a device, against sums in double over the decoded rows; the second of two layers. */
class PackedProductsTest {
    /** Largest error of a sum, relative to the sum of its terms' magnitudes. */
    private static final double TOLERANCE = 2e-6;
    private static final float EPS = 1e-6f;
    private static final double MEMORY = 1.12;

    private static int blocksUpTo(TensorType type, int cols) {
        return Math.ceilDiv(cols, type.blockSize()) * type.blockSize();
    }

    /** Rows of ordinary numbers, and in between of zeros, of large numbers and of the smallest halves. */
    private static Tensor tensor(TensorType type, int rows, int cols, Random random) {
        MemorySegment data = MemorySegment.ofArray(new byte[Math.toIntExact(type.bytes((long) rows * cols))]);
        float[] row = new float[cols];
        for (int r = 0; r < rows; r++) {
            for (int i = 0; i < cols; i++) {
                row[i] = switch (r % 6) {
                    case 1 -> 0f;
                    case 3 -> random.nextBoolean() ? 60000f : -60000f;
                    case 5 -> (random.nextInt(64) - 32) * 0x1p-24f;
                    default -> (float) (random.nextGaussian() * 0.05);
                };
            }
            Blocks.encode(type, row, 0, data, r * type.bytes(cols), cols);
        }
        return new Tensor("w", type, new long[] {rows, cols}, data);
    }

    private final HostArrays arrays = new HostArrays();

    @AfterEach
    void giveBack() {
        arrays.close();
    }

    private final class Case {
        final Random random = new Random(11);
        final int cols;
        final List<Tensor> tensors;
        final IntArray cursor = new IntArray(Cursor.INTS);
        final IntArray layers = new IntArray(2 * Layers.INTS);
        final FloatArray x;
        final FloatArray norm;
        final FloatArray bias;
        final FloatArray out;
        final float[] before;
        final int rows;

        Case(List<TensorType> types, List<Integer> rowsOf, int cols) {
            this.cols = cols;
            this.rows = rowsOf.stream().mapToInt(Integer::intValue).sum();
            this.tensors = new ArrayList<>();
            for (int i = 0; i < types.size(); i++) {
                tensors.add(tensor(types.get(i), rowsOf.get(i), cols, random));
            }
            this.x = gaussian(cols);
            this.norm = gaussian(2 * cols);
            this.bias = gaussian(2 * rows);
            this.out = gaussian(rows);
            this.before = out.toHeapArray();
            cursor.set(Cursor.CURRENT, 1);
            layers.set(Layers.INTS + Layers.SLICE, 1);
        }

        private FloatArray gaussian(int size) {
            FloatArray array = new FloatArray(size);
            for (int i = 0; i < size; i++) {
                array.set(i, (float) random.nextGaussian());
            }
            return array;
        }

        private StackedMatrix stacked(boolean gated) {
            List<Tensor> others = tensors.stream().map(t -> tensor(t.type(), (int) t.rows(), cols, random)).toList();
            StackedMatrix stacked = gated ? StackedMatrix.gated(List.of(others, tensors), arrays)
                    : StackedMatrix.of(List.of(others, tensors), arrays);
            arrays.begin();
            arrays.awaitFilled();
            return stacked;
        }

        /** Σ w·x of a row and Σ |w·x|; x normed or as it is. */
        private double[] sum(Tensor tensor, int row, boolean normed) {
            double squares = 0;
            for (int i = 0; i < cols; i++) {
                squares += (double) x.get(i) * x.get(i);
            }
            double factor = normed ? 1 / Math.sqrt(squares / cols + EPS) : 1;
            float[] decoded = new float[cols];
            tensor.decodeRow(row, decoded, 0);
            double[] sums = new double[2];
            for (int i = 0; i < cols; i++) {
                double term = decoded[i] * (double) x.get(i) * factor * (normed ? norm.get(cols + i) : 1);
                sums[0] += term;
                sums[1] += Math.abs(term);
            }
            return sums;
        }

        void runAdd(ProductSteps.Form form) {
            run(form, products -> products.add("product", stacked(false), x, out, Role.CURRENT_LAYER));
            checkAdded();
        }

        void runOnTheHost() {
            PackedMatrix m = stacked(false).parts().getFirst().matrix();
            int flags = Role.ADDED | Role.CURRENT_LAYER | m.format() << Role.FORMAT_SHIFT;
            switch (m.type()) {
                case F32 -> PlainProducts.floatProduct(cursor, layers, x, norm, m.words(), m.scales(), bias, out, m.groups(), rows, cols, 0,
                        flags, EPS);
                case F16 -> PlainProducts.halfProduct(cursor, layers, x, norm, m.words(), m.scales(), bias, out, m.groups(), rows, cols, 0,
                        flags, EPS);
                case BF16 -> PlainProducts.relativeProduct(cursor, layers, x, norm, m.words(), m.scales(), bias, out, m.groups(), rows,
                        cols, 0, flags, EPS);
                case Q8_0 -> BlockProducts.byteProduct(cursor, layers, x, norm, m.words(), m.scales(), bias, out, m.groups(), rows, cols,
                        0, flags, EPS);
                case Q4_0, Q4_1, Q4_K -> BlockProducts.nibbleProduct(cursor, layers, x, norm, m.words(), m.scales(), bias, out, m.groups(),
                        rows, cols, 0, flags, EPS);
                case Q5_0, Q5_1, Q5_K, Q6_K -> BlockProducts.wideProduct(cursor, layers, x, norm, m.words(), m.scales(), bias, out,
                        m.groups(), rows, cols, 0, flags, EPS);
            }
            checkAdded();
        }

        /** A row for each item, as family fpga has it. */
        void runRowsOnTheHost() {
            PackedMatrix m = stacked(false).parts().getFirst().matrix();
            IntArray sizes = new IntArray(RowSizes.INTS);
            sizes.set(RowSizes.ROWS, rows);
            sizes.set(RowSizes.COLS, cols);
            sizes.set(RowSizes.OUT_AT, 0);
            sizes.set(RowSizes.FLAGS, Role.ADDED | Role.CURRENT_LAYER | m.format() << Role.FORMAT_SHIFT);
            FloatArray eps = FloatArray.fromElements(EPS);
            switch (m.type()) {
                case F32 -> RowProducts.floatRows(cursor, layers, sizes, eps, x, norm, m.words(), m.scales(), bias, out, rows);
                case F16 -> RowProducts.halfRows(cursor, layers, sizes, eps, x, norm, m.words(), m.scales(), bias, out, rows);
                case BF16 -> RowProducts.relativeRows(cursor, layers, sizes, eps, x, norm, m.words(), m.scales(), bias, out, rows);
                case Q8_0 -> RowProducts.byteRows(cursor, layers, sizes, eps, x, norm, m.words(), m.scales(), bias, out, rows);
                case Q4_0, Q4_1, Q4_K -> RowProducts.nibbleRows(cursor, layers, sizes, eps, x, norm, m.words(), m.scales(), bias, out,
                        rows);
                case Q5_0, Q5_1, Q5_K, Q6_K -> RowProducts.wideRows(cursor, layers, sizes, eps, x, norm, m.words(), m.scales(), bias, out,
                        rows);
            }
            checkAdded();
        }

        /** Work-groups of two items a row; where {@link HostGroup} may stand for a device. */
        void runGroupsOnTheHost() {
            PackedMatrix m = stacked(false).parts().getFirst().matrix();
            int flags = Role.ADDED | Role.CURRENT_LAYER | m.format() << Role.FORMAT_SHIFT;
            int parts = 2;
            HostGroup.run(m.groups(), PackedMatrix.LANES * parts, context -> {
                switch (m.type()) {
                    case F32 -> PlainGroupProducts.floatGroups(context, cursor, layers, x, norm, m.words(), m.scales(), bias, out, parts,
                            rows, cols, 0, flags, EPS);
                    case F16 -> PlainGroupProducts.halfGroups(context, cursor, layers, x, norm, m.words(), m.scales(), bias, out, parts,
                            rows, cols, 0, flags, EPS);
                    case BF16 -> PlainGroupProducts.relativeGroups(context, cursor, layers, x, norm, m.words(), m.scales(), bias, out,
                            parts, rows, cols, 0, flags, EPS);
                    case Q8_0 -> BlockGroupProducts.byteGroups(context, cursor, layers, x, norm, m.words(), m.scales(), bias, out, parts,
                            rows, cols, 0, flags, EPS);
                    case Q4_0, Q4_1, Q4_K -> BlockGroupProducts.nibbleGroups(context, cursor, layers, x, norm, m.words(), m.scales(), bias,
                            out, parts, rows, cols, 0, flags, EPS);
                    case Q5_0, Q5_1, Q5_K, Q6_K -> BlockGroupProducts.wideGroups(context, cursor, layers, x, norm, m.words(), m.scales(),
                            bias, out, parts, rows, cols, 0, flags, EPS);
                }
            });
            checkAdded();
        }

        private void checkAdded() {
            check((tensor, row, at) -> {
                double[] sum = sum(tensor, row, false);
                return new double[] {sum[0] + before[at], sum[1] + Math.abs(before[at])};
            });
        }

        void runBiased(ProductSteps.Form form) {
            run(form, products -> products.normedBiased("product", stacked(false), x, norm, bias, out, Role.CURRENT_LAYER, EPS));
            check((tensor, row, at) -> {
                double[] sum = sum(tensor, row, true);
                return new double[] {sum[0] + bias.get(rows + at), sum[1] + Math.abs(bias.get(rows + at))};
            });
        }

        void runGated(ProductSteps.Form form) {
            run(form, products -> products.normed("product", stacked(true), x, norm, out, Role.CURRENT_LAYER, EPS));
            for (int r = 0; r < rows / 2; r++) {
                double[] gate = sum(tensors.getFirst(), r, true);
                double[] up = sum(tensors.getLast(), r, true);
                double want = gate[0] / (1 + Math.exp(-gate[0])) * up[0];
                double size = (gate[1] + 1) * (up[1] + 1);
                assertEquals(want, out.get(r), TOLERANCE * size, "row " + r);
            }
        }

        private void run(ProductSteps.Form form, Consumer<ProductSteps> describe) {
            WorkGroups groups = form == ProductSteps.Form.ROWS ? WorkGroups.of(64) : WorkGroups.upTo(256);
            try (GraphChain chain = new GraphChain(groups)) {
                Steps steps = chain.next("products");
                steps.own(cursor, layers, x, norm, bias, out);
                describe.accept(new ProductSteps(steps, cursor, layers, form));
                steps.fetch(out);
                chain.open(TornadoRuntimeProvider.getTornadoRuntime().getDefaultDevice(), () -> { });
            }
        }

        private interface Expected {
            double[] of(Tensor tensor, int row, int at);
        }

        private void check(Expected expected) {
            int at = 0;
            for (Tensor tensor : tensors) {
                for (int r = 0; r < tensor.rows(); r++) {
                    double[] want = expected.of(tensor, r, at);
                    assertEquals(want[0], out.get(at), TOLERANCE * want[1], tensor + ", row " + r);
                    at++;
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void onTheHost(TensorType type) {
        for (int[] size : new int[][] {{1, 1}, {7, 31}, {31, 32}, {33, 33}, {32, 207}, {18, 896}, {3, 4864}}) {
            new Case(List.of(type), List.of(size[0]), blocksUpTo(type, size[1])).runOnTheHost();
        }
    }

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void rowByRowOnTheHost(TensorType type) {
        for (int[] size : new int[][] {{1, 1}, {7, 31}, {33, 33}, {18, 896}}) {
            new Case(List.of(type), List.of(size[0]), blocksUpTo(type, size[1])).runRowsOnTheHost();
        }
    }

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void byGroupsOnTheHost(TensorType type) {
        Apart.call(PackedProductsTest.class, "groupsApart", type.name());
    }

    /** For a class loader of its own. */
    static Object groupsApart(String type) {
        PackedProductsTest test = new PackedProductsTest();
        TensorType of = TensorType.valueOf(type);
        for (int[] size : new int[][] {{1, 1}, {7, 31}, {33, 207}}) {
            test.new Case(List.of(of), List.of(size[0]), blocksUpTo(of, size[1])).runGroupsOnTheHost();
        }
        test.giveBack();
        return null;
    }

    private static Stream<Arguments> everyType() {
        return Arrays.stream(TensorType.values()).flatMap(type -> Arrays.stream(ProductSteps.Form.values())
                .map(form -> Arguments.of(type, form)));
    }

    /** Every role at an odd size of its own, since each costs a kernel to compile; the host has all of the sizes. */
    @ParameterizedTest
    @MethodSource("everyType")
    @Tag("device")
    void addedBiasedAndGated(TensorType type, ProductSteps.Form form) {
        DeviceUnderTest.require();
        new Case(List.of(type), List.of(31), blocksUpTo(type, 7)).runAdd(form);
        new Case(List.of(type), List.of(33), blocksUpTo(type, 207)).runBiased(form);
        new Case(List.of(type, type), List.of(33, 33), blocksUpTo(type, 896)).runGated(form);
    }

    /** One row, one column; a vector longer than a work-group takes in one go. */
    @ParameterizedTest
    @EnumSource(ProductSteps.Form.class)
    @Tag("device")
    void smallestAndLongest(ProductSteps.Form form) {
        DeviceUnderTest.require();
        new Case(List.of(TensorType.F32), List.of(1), 1).runAdd(form);
        new Case(List.of(TensorType.F16), List.of(3), 4864).runAdd(form);
    }

    @ParameterizedTest
    @EnumSource(ProductSteps.Form.class)
    @Tag("device")
    void mixedTypes(ProductSteps.Form form) {
        DeviceUnderTest.require();
        new Case(List.of(TensorType.Q4_K, TensorType.Q4_K, TensorType.Q6_K), List.of(40, 20, 20), 256).runBiased(form);
        new Case(List.of(TensorType.Q8_0, TensorType.F16), List.of(40, 40), 96).runGated(form);
    }

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void packedWeightsTakeLittleMoreThanTheFile(TensorType type) {
        long stored = type.bytes(896L * 4864);
        assertTrue(PackedMatrix.bytes(type, 896, 4864) <= MEMORY * stored, type + " " + PackedMatrix.bytes(type, 896, 4864));
        try (HostArrays arrays = new HostArrays()) {
            PackedMatrix packed = new PackedMatrix(type, 1, 16, 256, (slice, row) -> null, arrays);
            assertEquals(PackedMatrix.bytes(type, 16, 256), 4L * (packed.words().getSize() + packed.scales().getSize())
                    - (new PackedSizes(packed).unused()));
        }
    }

    /** An array that a type does not need has one element. */
    private record PackedSizes(PackedMatrix packed) {
        long unused() {
            return IntStream.of(packed.words().getSize(), packed.scales().getSize()).filter(size -> size == 1).count() * 4;
        }
    }

    @Test
    void panelsAreSixteenRows() {
        assertEquals(PanelProducts.LANES, PackedMatrix.LANES);
    }
}
