package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.qyclone.engine.tensor.Blocks;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import dev.qyclone.tasks.kernels.BlockGroupProducts;
import dev.qyclone.tasks.kernels.BlockProducts;
import dev.qyclone.tasks.kernels.Cursor;
import dev.qyclone.tasks.kernels.HostArrays;
import dev.qyclone.tasks.kernels.Layers;
import dev.qyclone.tasks.kernels.MixedGroupProducts;
import dev.qyclone.tasks.kernels.MixedProducts;
import dev.qyclone.tasks.kernels.MixedRows;
import dev.qyclone.tasks.kernels.PackedMatrix;
import dev.qyclone.tasks.kernels.PlainGroupProducts;
import dev.qyclone.tasks.kernels.PlainProducts;
import dev.qyclone.tasks.kernels.Role;
import dev.qyclone.tasks.kernels.RowProducts;
import dev.qyclone.tasks.kernels.RowSizes;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** A product of packed weights with its arguments, the second of two layers; as Java on the host and on a device, beside sums in double. */
final class ProductCase implements AutoCloseable {
    /** Largest error of a sum, relative to the sum of its terms' magnitudes. */
    private static final double TOLERANCE = 2e-6;
    private static final float EPS = 1e-6f;

    /** What becomes of the sums: they are added to what is there, or of a normed vector and with a bias, or gates and ups. */
    enum Does {
        ADD(Role.ADDED | Role.CURRENT_LAYER), BIAS(Role.NORMED | Role.BIASED | Role.CURRENT_LAYER),
        GATE(Role.NORMED | Role.CURRENT_LAYER);

        final int flags;

        Does(int flags) {
            this.flags = flags;
        }
    }

    static int blocksUpTo(TensorType type, int cols) {
        return Math.ceilDiv(cols, type.blockSize()) * type.blockSize();
    }

    /** Rows of ordinary numbers, and in between of zeros, of large numbers and of the smallest halves. */
    static Tensor tensor(TensorType type, int rows, int cols, Random random) {
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

    ProductCase(List<TensorType> types, List<Integer> rowsOf, int cols) {
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

    /** What comes out at a row, and how large what it is made of is. */
    private double[] wanted(Does does, int at) {
        if (does == Does.GATE) {
            double[] gate = sum(tensors.getFirst(), at, true);
            double[] up = sum(tensors.getLast(), at, true);
            return new double[] {gate[0] / (1 + Math.exp(-gate[0])) * up[0], (gate[1] + 1) * (up[1] + 1)};
        }
        int row = at;
        int of = 0;
        while (row >= tensors.get(of).rows()) {
            row -= (int) tensors.get(of).rows();
            of++;
        }
        double[] sum = sum(tensors.get(of), row, does == Does.BIAS);
        double added = does == Does.BIAS ? bias.get(rows + at) : before[at];
        return new double[] {sum[0] + added, sum[1] + Math.abs(added)};
    }

    /** @param other what the same kernel made of the same elsewhere, or null */
    private void check(Does does, float[] other) {
        for (int at = 0; at < (does == Does.GATE ? rows / 2 : rows); at++) {
            double[] wanted = wanted(does, at);
            assertEquals(wanted[0], out.get(at), TOLERANCE * wanted[1], does + " " + tensors + ", row " + at);
            if (other != null) {
                assertEquals(other[at], out.get(at), TOLERANCE * wanted[1], does + " " + tensors + " beside the host, row " + at);
            }
        }
    }

    /** The matrix is of one part, or of several for which there is one kernel. */
    float[] runOnHost(ProductSteps.Form form, Does does) {
        List<StackedMatrix.Part> parts = stacked(does == Does.GATE).parts();
        StackedMatrix.Part part = parts.getFirst();
        if (parts.size() > 1) {
            if (form == ProductSteps.Form.LANES) {
                pair(part, parts.getLast(), does);
            } else {
                mixed(parts, does);
            }
            check(does, null);
            return out.toHeapArray();
        }
        int flags = does.flags | part.role() | part.matrix().format() << Role.FORMAT_SHIFT;
        switch (form) {
            case LANES -> lanes(part.matrix(), flags);
            case GROUPS -> groups(part.matrix(), flags);
            case ROWS -> rows(part.matrix(), flags);
        }
        check(does, null);
        return out.toHeapArray();
    }

    private void lanes(PackedMatrix m, int flags) {
        int rows = m.rows();
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
    }

    private void pair(StackedMatrix.Part part, StackedMatrix.Part other, Does does) {
        if (bits(part) > bits(other)) {
            pair(other, part, does);
            return;
        }
        PackedMatrix m = part.matrix();
        PackedMatrix n = other.matrix();
        int flags = does.flags | m.format() << Role.FORMAT_SHIFT;
        int otherFlags = does.flags | n.format() << Role.FORMAT_SHIFT;
        int groups = m.groups() + n.groups();
        FloatArray first = biasOf(part.firstRow(), m.rows());
        FloatArray second = biasOf(other.firstRow(), n.rows());
        switch (bits(part) + " and " + bits(other)) {
            case "4 and 4" -> MixedProducts.nibblesAndNibbles(cursor, layers, x, norm, m.words(), m.scales(), first, n.words(), n.scales(),
                    second, out, groups, m.rows(), n.rows(), cols, part.firstRow(), other.firstRow(), flags, otherFlags, EPS);
            case "4 and 6" -> MixedProducts.nibblesAndWide(cursor, layers, x, norm, m.words(), m.scales(), first, n.words(), n.scales(),
                    second, out, groups, m.rows(), n.rows(), cols, part.firstRow(), other.firstRow(), flags, otherFlags, EPS);
            case "4 and 8" -> MixedProducts.nibblesAndBytes(cursor, layers, x, norm, m.words(), m.scales(), first, n.words(), n.scales(),
                    second, out, groups, m.rows(), n.rows(), cols, part.firstRow(), other.firstRow(), flags, otherFlags, EPS);
            case "6 and 6" -> MixedProducts.wideAndWide(cursor, layers, x, norm, m.words(), m.scales(), first, n.words(), n.scales(),
                    second, out, groups, m.rows(), n.rows(), cols, part.firstRow(), other.firstRow(), flags, otherFlags, EPS);
            case "6 and 8" -> MixedProducts.wideAndBytes(cursor, layers, x, norm, m.words(), m.scales(), first, n.words(), n.scales(),
                    second, out, groups, m.rows(), n.rows(), cols, part.firstRow(), other.firstRow(), flags, otherFlags, EPS);
            default -> throw new IllegalArgumentException(m.type() + " and " + n.type());
        }
    }

    /** Bits of a weight, five as six. */
    private static int bits(StackedMatrix.Part part) {
        return switch (part.matrix().type()) {
            case Q4_0, Q4_1, Q4_K -> 4;
            case Q5_0, Q5_1, Q5_K, Q6_K -> 6;
            case Q8_0 -> 8;
            case F16, BF16 -> 16;
            case F32 -> 32;
        };
    }

    /** Two or three parts, by work-groups of two items a row. */
    private void mixed(List<StackedMatrix.Part> parts, Does does) {
        PackedMatrix m = parts.get(0).matrix();
        PackedMatrix n = parts.get(1).matrix();
        PackedMatrix o = parts.getLast().matrix();
        boolean three = parts.size() > 2;
        int groups = does == Does.GATE ? m.groups() : m.groups() + n.groups() + (three ? o.groups() : 0);
        int flags = does.flags | parts.get(1).role() | MixedRows.code(m.type(), 0) | MixedRows.code(n.type(), 1)
                | (three ? MixedRows.code(o.type(), 2) : 0);
        int items = 2;
        HostGroup.run(groups, PackedMatrix.LANES * items, context -> MixedGroupProducts.groups(context, cursor, layers, x, norm, bias, out,
                m.words(), m.scales(), n.words(), n.scales(), o.words(), o.scales(), items, m.rows(), n.rows(), three ? o.rows() : 0, cols,
                flags, EPS));
    }

    /** Of both layers' biases those of some rows. */
    private FloatArray biasOf(int firstRow, int count) {
        FloatArray own = new FloatArray(2 * count);
        for (int i = 0; i < 2 * count; i++) {
            own.set(i, bias.get(i / count * rows + firstRow + i % count));
        }
        return own;
    }

    /** A row for each item, as family fpga has it. */
    private void rows(PackedMatrix m, int flags) {
        IntArray sizes = new IntArray(RowSizes.INTS);
        sizes.set(RowSizes.ROWS, m.rows());
        sizes.set(RowSizes.COLS, cols);
        sizes.set(RowSizes.OUT_AT, 0);
        sizes.set(RowSizes.FLAGS, flags);
        FloatArray eps = FloatArray.fromElements(EPS);
        int rows = m.rows();
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
    }

    /** Work-groups of two items a row; where {@link HostGroup} may stand for a device. */
    private void groups(PackedMatrix m, int flags) {
        int parts = 2;
        int rows = m.rows();
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
    }

    /** How many launches it took. */
    int runOnDevice(ProductSteps.Form form, Does does, float[] onHost) {
        return runOnDevice(form, true, does, onHost);
    }

    /** @param mixed whether weights of several types may be multiplied in one launch */
    int runOnDevice(ProductSteps.Form form, boolean mixed, Does does, float[] onHost) {
        WorkGroups groups = form == ProductSteps.Form.ROWS ? WorkGroups.of(64) : WorkGroups.upTo(256);
        try (GraphChain chain = new GraphChain(groups)) {
            Steps steps = chain.next("products");
            steps.own(cursor, layers, x, norm, bias, out);
            ProductSteps products = new ProductSteps(steps, cursor, layers, form, mixed);
            switch (does) {
                case ADD -> products.add("product", stacked(false), x, out, Role.CURRENT_LAYER);
                case BIAS -> products.normedBiased("product", stacked(false), x, norm, bias, out, Role.CURRENT_LAYER, EPS);
                case GATE -> products.normed("product", stacked(true), x, norm, out, Role.CURRENT_LAYER, EPS);
            }
            steps.fetch(out);
            chain.open(TornadoRuntimeProvider.getTornadoRuntime().getDefaultDevice(), () -> { });
            check(does, onHost);
            return steps.count();
        }
    }

    @Override
    public void close() {
        arrays.close();
    }
}
