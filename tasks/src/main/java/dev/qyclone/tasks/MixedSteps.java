package dev.qyclone.tasks;

import dev.qyclone.tasks.kernels.MixedGroupProducts;
import dev.qyclone.tasks.kernels.MixedProducts;
import dev.qyclone.tasks.kernels.MixedRows;
import dev.qyclone.tasks.kernels.PackedMatrix;
import dev.qyclone.tasks.kernels.Role;
import java.util.List;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Products of matrices whose types differ with one vector, in one launch, as steps of a graph. */
final class MixedSteps {
    private final Steps steps;
    private final IntArray cursor;
    private final IntArray layers;
    private final ProductSteps.Form form;
    private final IntArray noWords = new IntArray(1);
    private final FloatArray noScales = new FloatArray(1);

    /** What lies in a word, as kernels in vectors tell types apart; those of fewer bits first. */
    private enum Fields {
        /** No blocks. */
        PLAIN,
        NIBBLES,
        /** Nibbles, and the high bits of weights of five or six elsewhere. */
        WIDE,
        BYTES;

        static Fields of(StackedMatrix.Part part) {
            return switch (part.matrix().type()) {
                case F32, F16, BF16 -> PLAIN;
                case Q8_0 -> BYTES;
                case Q4_0, Q4_1, Q4_K -> NIBBLES;
                case Q5_0, Q5_1, Q5_K, Q6_K -> WIDE;
            };
        }
    }

    MixedSteps(Steps steps, IntArray cursor, IntArray layers, ProductSteps.Form form) {
        this.steps = steps;
        this.cursor = cursor;
        this.layers = layers;
        this.form = form;
    }

    /**
     * How many of a role's parts, from the first on, one kernel multiplies: by work-groups all of them, whatever their types; in vectors
     * two of blocks that lie below each other; row by row, for FPGAs, where a kernel for several types is the area of several, none.
     *
     * @param parts not yet multiplied, at least one
     */
    int together(List<StackedMatrix.Part> parts) {
        if (form == ProductSteps.Form.GROUPS) {
            return parts.size();
        }
        if (form == ProductSteps.Form.ROWS) {
            return 1;
        }
        boolean pair = parts.size() > 1 && parts.get(1).role() == 0 && Fields.of(parts.get(0)) != Fields.PLAIN
                && Fields.of(parts.get(1)) != Fields.PLAIN;
        return pair ? 2 : 1;
    }

    /**
     * All parts of a role by work-groups.
     *
     * @param parts two or three
     * @param bias (slices, rows of all)
     */
    void groups(
            String step, List<StackedMatrix.Part> parts, FloatArray x, FloatArray norm, FloatArray bias, FloatArray out, int role,
            float eps) {
        PackedMatrix first = parts.get(0).matrix();
        PackedMatrix second = parts.get(1).matrix();
        PackedMatrix third = parts.size() > 2 ? parts.get(2).matrix() : null;
        int flags = role;
        int below = 0;
        for (int i = 0; i < parts.size(); i++) {
            flags |= parts.get(i).role() | MixedRows.code(parts.get(i).matrix().type(), i);
            below += parts.get(i).matrix().groups();
        }
        steps.own(noWords, noScales);
        boolean gating = (flags & Role.GATING) != 0;
        int groups = gating ? first.groups() : below;
        int all = flags;
        int items = ProductSteps.parts(steps, gating ? ProductSteps.MOST_PARTS / 2 : ProductSteps.MOST_PARTS);
        steps.overGroups(step, groups, PackedMatrix.LANES * items, (graph, task) -> graph.task(task, MixedGroupProducts::groups,
                new KernelContext(), cursor, layers, x, norm, bias, out, first.words(), first.scales(), second.words(), second.scales(),
                third == null ? noWords : third.words(), third == null ? noScales : third.scales(), items, first.rows(), second.rows(),
                third == null ? 0 : third.rows(), first.cols(), all, eps));
    }

    /** Two parts in vectors, in either order, each with its own bias. */
    void lanes(
            String step, StackedMatrix.Part part, FloatArray bias, StackedMatrix.Part other, FloatArray otherBias, FloatArray x,
            FloatArray norm, FloatArray out, int role, float eps) {
        Fields fields = Fields.of(part);
        Fields others = Fields.of(other);
        if (fields.compareTo(others) > 0) {
            lanes(step, other, otherBias, part, bias, x, norm, out, role, eps);
            return;
        }
        PackedMatrix m = part.matrix();
        PackedMatrix n = other.matrix();
        int groups = m.groups() + n.groups();
        int flags = role | m.format() << Role.FORMAT_SHIFT;
        int otherFlags = role | n.format() << Role.FORMAT_SHIFT;
        steps.overItems(step, groups, (graph, task) -> {
            if (others == Fields.NIBBLES) {
                graph.task(task, MixedProducts::nibblesAndNibbles, cursor, layers, x, norm, m.words(), m.scales(), bias, n.words(),
                        n.scales(), otherBias, out, groups, m.rows(), n.rows(), m.cols(), part.firstRow(), other.firstRow(), flags,
                        otherFlags, eps);
            } else if (fields == Fields.NIBBLES && others == Fields.BYTES) {
                graph.task(task, MixedProducts::nibblesAndBytes, cursor, layers, x, norm, m.words(), m.scales(), bias, n.words(),
                        n.scales(), otherBias, out, groups, m.rows(), n.rows(), m.cols(), part.firstRow(), other.firstRow(), flags,
                        otherFlags, eps);
            } else if (fields == Fields.NIBBLES) {
                graph.task(task, MixedProducts::nibblesAndWide, cursor, layers, x, norm, m.words(), m.scales(), bias, n.words(),
                        n.scales(), otherBias, out, groups, m.rows(), n.rows(), m.cols(), part.firstRow(), other.firstRow(), flags,
                        otherFlags, eps);
            } else if (others == Fields.BYTES) {
                graph.task(task, MixedProducts::wideAndBytes, cursor, layers, x, norm, m.words(), m.scales(), bias, n.words(), n.scales(),
                        otherBias, out, groups, m.rows(), n.rows(), m.cols(), part.firstRow(), other.firstRow(), flags, otherFlags, eps);
            } else {
                graph.task(task, MixedProducts::wideAndWide, cursor, layers, x, norm, m.words(), m.scales(), bias, n.words(), n.scales(),
                        otherBias, out, groups, m.rows(), n.rows(), m.cols(), part.firstRow(), other.firstRow(), flags, otherFlags, eps);
            }
        });
    }
}
