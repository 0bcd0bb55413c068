package dev.qyclone.tasks;

import dev.qyclone.tasks.kernels.BlockGroupProducts;
import dev.qyclone.tasks.kernels.BlockProducts;
import dev.qyclone.tasks.kernels.PackedMatrix;
import dev.qyclone.tasks.kernels.PlainGroupProducts;
import dev.qyclone.tasks.kernels.PlainProducts;
import dev.qyclone.tasks.kernels.Role;
import dev.qyclone.tasks.kernels.RowProducts;
import dev.qyclone.tasks.kernels.RowSizes;
import java.util.List;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Products of packed matrices with one vector, as steps of a graph. */
final class ProductSteps {
    /** In which form products run. */
    enum Form {
        /** One item for sixteen rows, in vectors: for CPUs. */
        LANES("an item for 16 rows"),
        /** A work-group for sixteen rows, neighbouring items on neighbouring words: for GPUs. */
        GROUPS("a work-group for 16 rows"),
        /** One item for a row, scalar, whole groups only: for FPGAs. */
        ROWS("an item for a row");

        private final String words;

        Form(String words) {
            this.words = words;
        }

        String words() {
            return words;
        }
    }

    /** Items that a group needs at least in form {@link Form#GROUPS}. */
    static final int LEAST_GROUP = PackedMatrix.LANES;
    /** Local memory of a group in form {@link Form#GROUPS}, at most: two floats an item. */
    static final int LOCAL_BYTES = 2 * Float.BYTES * 256;

    /** Most items of a group that share a row. */
    static final int MOST_PARTS = 16;

    private final Steps steps;
    private final Form form;
    /** Null where each type has a launch of its own. */
    private final MixedSteps mixed;
    private final IntArray cursor;
    private final IntArray layers;
    private final FloatArray none = new FloatArray(1);

    ProductSteps(Steps steps, IntArray cursor, IntArray layers, KernelForms forms) {
        this(steps, cursor, layers, forms.products(), forms.mixed());
    }

    /** @param mixed whether weights of several types may be multiplied in one launch */
    ProductSteps(Steps steps, IntArray cursor, IntArray layers, Form form, boolean mixed) {
        this.steps = steps;
        this.cursor = cursor;
        this.layers = layers;
        this.form = form;
        this.mixed = mixed ? new MixedSteps(steps, cursor, layers, form) : null;
        steps.own(none);
    }

    /** out = weights · x, or silu(gate · x) · (up · x) where the weights are gates and ups. */
    void set(String step, StackedMatrix weights, FloatArray x, FloatArray out, int role) {
        product(step, weights, x, none, none, out, role, 0f);
    }

    /** out += weights · x. */
    void add(String step, StackedMatrix weights, FloatArray x, FloatArray out, int role) {
        product(step, weights, x, none, none, out, role | Role.ADDED, 0f);
    }

    /** out = weights · rmsNorm(x), or silu(gate · rmsNorm(x)) · (up · rmsNorm(x)) where the weights are gates and ups. */
    void normed(String step, StackedMatrix weights, FloatArray x, FloatArray norm, FloatArray out, int role, float eps) {
        product(step, weights, x, norm, none, out, role | Role.NORMED, eps);
    }

    /** out = weights · rmsNorm(x) + bias; bias (layers, rows). */
    void normedBiased(
            String step, StackedMatrix weights, FloatArray x, FloatArray norm, FloatArray bias, FloatArray out, int role, float eps) {
        product(step, weights, x, norm, bias, out, role | Role.NORMED | Role.BIASED, eps);
    }

    private void product(
            String step, StackedMatrix weights, FloatArray x, FloatArray norm, FloatArray bias, FloatArray out, int role, float eps) {
        steps.own(weights.arrays());
        List<StackedMatrix.Part> parts = weights.parts();
        for (int i = 0; i < parts.size(); i++) {
            StackedMatrix.Part part = parts.get(i);
            String task = i == 0 ? step : step + "_" + (i + 1);
            int together = mixed == null ? 1 : mixed.together(parts.subList(i, parts.size()));
            if (together > 1 && form == Form.GROUPS) {
                mixed.groups(task, parts, x, norm, bias, out, role, eps);
                return;
            }
            FloatArray own = biasOf(part, weights, bias, role);
            if (together > 1) {
                i++;
                StackedMatrix.Part other = parts.get(i);
                mixed.lanes(task, part, own, other, biasOf(other, weights, bias, role), x, norm, out, role, eps);
                continue;
            }
            switch (form) {
                case LANES -> lanes(task, part, x, norm, own, out, role | part.role(), eps);
                case GROUPS -> groups(task, part, x, norm, own, out, role | part.role(), eps);
                case ROWS -> rows(task, part, x, norm, own, out, role | part.role(), eps);
            }
        }
    }

    private FloatArray biasOf(StackedMatrix.Part part, StackedMatrix weights, FloatArray bias, int role) {
        if ((role & Role.BIASED) == 0 || weights.parts().size() == 1) {
            return bias;
        }
        PackedMatrix matrix = part.matrix();
        FloatArray own = new FloatArray(matrix.slices() * matrix.rows());
        for (int i = 0; i < own.getSize(); i++) {
            own.set(i, bias.get(i / matrix.rows() * weights.rows() + part.firstRow() + i % matrix.rows()));
        }
        steps.own(own);
        return own;
    }

    /** Items that share a row: as many as a group has room for. */
    static int parts(Steps steps, int most) {
        return Math.min(most, Integer.highestOneBit(steps.groupLimit() / PackedMatrix.LANES));
    }

    private void lanes(
            String step, StackedMatrix.Part part, FloatArray x, FloatArray norm, FloatArray bias, FloatArray out, int role, float eps) {
        PackedMatrix m = part.matrix();
        int flags = role | m.format() << Role.FORMAT_SHIFT;
        steps.overItems(step, m.groups(), (graph, task) -> {
            switch (m.type()) {
                case F32 -> graph.task(task, PlainProducts::floatProduct, cursor, layers, x, norm, m.words(), m.scales(), bias, out,
                        m.groups(), m.rows(), m.cols(), part.firstRow(), flags, eps);
                case F16 -> graph.task(task, PlainProducts::halfProduct, cursor, layers, x, norm, m.words(), m.scales(), bias, out,
                        m.groups(), m.rows(), m.cols(), part.firstRow(), flags, eps);
                case BF16 -> graph.task(task, PlainProducts::relativeProduct, cursor, layers, x, norm, m.words(), m.scales(), bias, out,
                        m.groups(), m.rows(), m.cols(), part.firstRow(), flags, eps);
                case Q8_0 -> graph.task(task, BlockProducts::byteProduct, cursor, layers, x, norm, m.words(), m.scales(), bias, out,
                        m.groups(), m.rows(), m.cols(), part.firstRow(), flags, eps);
                case Q4_0, Q4_1, Q4_K -> graph.task(task, BlockProducts::nibbleProduct, cursor, layers, x, norm, m.words(), m.scales(),
                        bias, out, m.groups(), m.rows(), m.cols(), part.firstRow(), flags, eps);
                case Q5_0, Q5_1, Q5_K, Q6_K -> graph.task(task, BlockProducts::wideProduct, cursor, layers, x, norm, m.words(),
                        m.scales(), bias, out, m.groups(), m.rows(), m.cols(), part.firstRow(), flags, eps);
            }
        });
    }

    private void groups(
            String step, StackedMatrix.Part part, FloatArray x, FloatArray norm, FloatArray bias, FloatArray out, int role, float eps) {
        PackedMatrix m = part.matrix();
        int flags = role | m.format() << Role.FORMAT_SHIFT;
        int parts = parts(steps, MOST_PARTS);
        steps.overGroups(step, m.groups(), PackedMatrix.LANES * parts, (graph, task) -> {
            switch (m.type()) {
                case F32 -> graph.task(task, PlainGroupProducts::floatGroups, new KernelContext(), cursor, layers, x, norm, m.words(),
                        m.scales(), bias, out, parts, m.rows(), m.cols(), part.firstRow(), flags, eps);
                case F16 -> graph.task(task, PlainGroupProducts::halfGroups, new KernelContext(), cursor, layers, x, norm, m.words(),
                        m.scales(), bias, out, parts, m.rows(), m.cols(), part.firstRow(), flags, eps);
                case BF16 -> graph.task(task, PlainGroupProducts::relativeGroups, new KernelContext(), cursor, layers, x, norm, m.words(),
                        m.scales(), bias, out, parts, m.rows(), m.cols(), part.firstRow(), flags, eps);
                case Q8_0 -> graph.task(task, BlockGroupProducts::byteGroups, new KernelContext(), cursor, layers, x, norm, m.words(),
                        m.scales(), bias, out, parts, m.rows(), m.cols(), part.firstRow(), flags, eps);
                case Q4_0, Q4_1, Q4_K -> graph.task(task, BlockGroupProducts::nibbleGroups, new KernelContext(), cursor, layers, x, norm,
                        m.words(), m.scales(), bias, out, parts, m.rows(), m.cols(), part.firstRow(), flags, eps);
                case Q5_0, Q5_1, Q5_K, Q6_K -> graph.task(task, BlockGroupProducts::wideGroups, new KernelContext(), cursor, layers, x,
                        norm, m.words(), m.scales(), bias, out, parts, m.rows(), m.cols(), part.firstRow(), flags, eps);
            }
        });
    }

    private void rows(
            String step, StackedMatrix.Part part, FloatArray x, FloatArray norm, FloatArray bias, FloatArray out, int role, float eps) {
        PackedMatrix m = part.matrix();
        int flags = role | m.format() << Role.FORMAT_SHIFT;
        IntArray sizes = new IntArray(RowSizes.INTS);
        sizes.set(RowSizes.ROWS, m.rows());
        sizes.set(RowSizes.COLS, m.cols());
        sizes.set(RowSizes.OUT_AT, part.firstRow());
        sizes.set(RowSizes.FLAGS, flags);
        FloatArray epsilon = FloatArray.fromElements(eps);
        steps.own(sizes, epsilon);
        steps.overItems(step, m.rows(), (graph, task) -> {
            switch (m.type()) {
                case F32 -> graph.task(task, RowProducts::floatRows, cursor, layers, sizes, epsilon, x, norm, m.words(), m.scales(), bias,
                        out, m.rows());
                case F16 -> graph.task(task, RowProducts::halfRows, cursor, layers, sizes, epsilon, x, norm, m.words(), m.scales(), bias,
                        out, m.rows());
                case BF16 -> graph.task(task, RowProducts::relativeRows, cursor, layers, sizes, epsilon, x, norm, m.words(), m.scales(),
                        bias, out, m.rows());
                case Q8_0 -> graph.task(task, RowProducts::byteRows, cursor, layers, sizes, epsilon, x, norm, m.words(), m.scales(), bias,
                        out, m.rows());
                case Q4_0, Q4_1, Q4_K -> graph.task(task, RowProducts::nibbleRows, cursor, layers, sizes, epsilon, x, norm, m.words(),
                        m.scales(), bias, out, m.rows());
                case Q5_0, Q5_1, Q5_K, Q6_K -> graph.task(task, RowProducts::wideRows, cursor, layers, sizes, epsilon, x, norm, m.words(),
                        m.scales(), bias, out, m.rows());
            }
        });
    }
}
