package dev.qyclone.tasks;

import dev.qyclone.engine.tensor.TensorType;
import dev.qyclone.tasks.kernels.MixedGroupProducts;
import dev.qyclone.tasks.kernels.MixedProducts;
import dev.qyclone.tasks.kernels.PackedMatrix;
import dev.qyclone.tasks.kernels.Role;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Products of two matrices whose types differ with one vector, in one launch, as steps of a graph. */
final class PairSteps {
    private final Steps steps;
    private final IntArray cursor;
    private final IntArray layers;
    private final ProductSteps.Form form;

    /** What lies in a word, as kernels tell types apart. */
    private enum Fields {
        /** No blocks. */
        PLAIN,
        BYTES,
        NIBBLES,
        /** Nibbles, and the high bits of weights of five or six elsewhere. */
        WIDE;

        static Fields of(StackedMatrix.Part part) {
            TensorType type = part.matrix().type();
            return switch (type) {
                case F32, F16, BF16 -> PLAIN;
                case Q8_0 -> BYTES;
                case Q4_0, Q4_1, Q4_K -> NIBBLES;
                case Q5_0, Q5_1, Q5_K, Q6_K -> WIDE;
            };
        }
    }

    PairSteps(Steps steps, IntArray cursor, IntArray layers, ProductSteps.Form form) {
        this.steps = steps;
        this.cursor = cursor;
        this.layers = layers;
        this.form = form;
    }

    /**
     * Whether there is a kernel for both: by work-groups for blocks of any two types, also gates and ups; in vectors for two matrices below
     * each other as published files have them, the second's weights of five bits or more and the first's of fewer than eight.
     */
    boolean has(StackedMatrix.Part part, StackedMatrix.Part other) {
        Fields first = Fields.of(part);
        Fields second = Fields.of(other);
        return switch (form) {
            case LANES -> other.role() == 0 && (first == Fields.NIBBLES || first == Fields.WIDE)
                    && (second == Fields.WIDE || second == Fields.BYTES);
            case GROUPS -> first != Fields.PLAIN && second != Fields.PLAIN;
            case ROWS -> false;
        };
    }

    /** As {@link ProductSteps} has it for one type. */
    void product(
            String step, StackedMatrix.Part part, StackedMatrix.Part other, FloatArray x, FloatArray norm, FloatArray bias,
            FloatArray otherBias, FloatArray out, int role, float eps) {
        PackedMatrix m = part.matrix();
        PackedMatrix n = other.matrix();
        int flags = role | part.role() | m.format() << Role.FORMAT_SHIFT;
        int otherFlags = role | other.role() | n.format() << Role.FORMAT_SHIFT;
        boolean gating = (otherFlags & Role.GATING) != 0;
        int groups = gating ? m.groups() : m.groups() + n.groups();
        if (form == ProductSteps.Form.GROUPS) {
            int parts = ProductSteps.parts(steps, gating ? ProductSteps.MOST_PARTS / 2 : ProductSteps.MOST_PARTS);
            steps.overGroups(step, groups, PackedMatrix.LANES * parts, (graph, task) -> graph.task(task, MixedGroupProducts::blockGroups,
                    new KernelContext(), cursor, layers, x, norm, m.words(), m.scales(), bias, n.words(), n.scales(), otherBias, out, parts,
                    m.rows(), n.rows(), m.cols(), part.firstRow(), flags, otherFlags, eps));
            return;
        }
        boolean nibbles = Fields.of(part) == Fields.NIBBLES;
        boolean bytes = Fields.of(other) == Fields.BYTES;
        steps.overItems(step, groups, (graph, task) -> {
            if (nibbles && bytes) {
                graph.task(task, MixedProducts::nibblesAndBytes, cursor, layers, x, norm, m.words(), m.scales(), bias, n.words(),
                        n.scales(), otherBias, out, groups, m.rows(), n.rows(), m.cols(), part.firstRow(), flags, otherFlags, eps);
            } else if (nibbles) {
                graph.task(task, MixedProducts::nibblesAndWide, cursor, layers, x, norm, m.words(), m.scales(), bias, n.words(),
                        n.scales(), otherBias, out, groups, m.rows(), n.rows(), m.cols(), part.firstRow(), flags, otherFlags, eps);
            } else if (bytes) {
                graph.task(task, MixedProducts::wideAndBytes, cursor, layers, x, norm, m.words(), m.scales(), bias, n.words(),
                        n.scales(), otherBias, out, groups, m.rows(), n.rows(), m.cols(), part.firstRow(), flags, otherFlags, eps);
            } else {
                graph.task(task, MixedProducts::wideAndWide, cursor, layers, x, norm, m.words(), m.scales(), bias, n.words(),
                        n.scales(), otherBias, out, groups, m.rows(), n.rows(), m.cols(), part.firstRow(), flags, otherFlags, eps);
            }
        });
    }
}
