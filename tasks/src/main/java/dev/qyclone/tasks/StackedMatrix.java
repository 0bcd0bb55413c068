package dev.qyclone.tasks;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import dev.qyclone.tasks.kernels.HostArrays;
import dev.qyclone.tasks.kernels.PackedMatrix;
import dev.qyclone.tasks.kernels.Panels;
import dev.qyclone.tasks.kernels.Role;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The matrices of one role of layers of one kind. Where a role has several tensors (queries, keys, values), those of one type form
 * one matrix.
 *
 * @param rows of all parts
 */
record StackedMatrix(List<Part> parts, int rows, int cols) {
    /**
     * A matrix of one type, packed for all layers.
     *
     * @param firstRow where its rows begin in the role's output
     * @param role what its product does besides the role's, as in {@link Role}
     * @param place of its rows in panels, as in {@link Panels}
     */
    record Part(PackedMatrix matrix, int firstRow, int role, int place) {
    }

    /**
     * Tensors below each other, for each layer; the same types and shapes in all layers.
     *
     * @param arrays that it lies in, and that are to be filled with it
     */
    static StackedMatrix of(List<List<Tensor>> layers, HostArrays arrays) {
        List<Tensor> first = layers.getFirst();
        List<Part> parts = new ArrayList<>();
        int firstRow = 0;
        int from = 0;
        while (from < first.size()) {
            int to = from + 1;
            while (to < first.size() && first.get(to).type() == first.get(from).type()) {
                to++;
            }
            int begin = from;
            int end = to;
            PackedMatrix matrix = packed(layers.stream().map(tensors -> tensors.subList(begin, end)).toList(), arrays);
            parts.add(new Part(matrix, firstRow, 0, Panels.BELOW));
            firstRow += matrix.rows();
            from = to;
        }
        return new StackedMatrix(List.copyOf(parts), firstRow, Math.toIntExact(first.getFirst().cols()));
    }

    /** Gates and ups, {gate, up} for each layer; the product is silu(gate) · up. */
    static StackedMatrix gated(List<List<Tensor>> layers, HostArrays arrays) {
        Tensor gate = layers.getFirst().getFirst();
        Tensor up = layers.getFirst().getLast();
        int half = Math.toIntExact(gate.rows());
        int cols = Math.toIntExact(gate.cols());
        if (gate.type() != up.type()) {
            Part gates = new Part(packed(layers.stream().map(tensors -> List.of(tensors.getFirst())).toList(), arrays), 0, 0, Panels.LOWER);
            Part ups = new Part(packed(layers.stream().map(tensors -> List.of(tensors.getLast())).toList(), arrays), 0, Role.GATING,
                    Panels.UPPER);
            return new StackedMatrix(List.of(gates, ups), 2 * half, cols);
        }
        PackedMatrix both = new PackedMatrix(gate.type(), layers.size(), 2 * half, cols, (slice, row) -> {
            int own = row / 16 * 8 + row % 8;
            return own < half ? layers.get(slice).get(row % 16 / 8).rows(own, 1) : null;
        }, arrays);
        return new StackedMatrix(List.of(new Part(both, 0, Role.GATED, Panels.BELOW)), 2 * half, cols);
    }

    private static PackedMatrix packed(List<List<Tensor>> layers, HostArrays arrays) {
        List<Tensor> first = layers.getFirst();
        int rows = Math.toIntExact(first.stream().mapToLong(Tensor::rows).sum());
        int cols = Math.toIntExact(first.getFirst().cols());
        return new PackedMatrix(first.getFirst().type(), layers.size(), rows, cols, (slice, row) -> rowOf(layers.get(slice), row),
                arrays);
    }

    private static Tensor rowOf(List<Tensor> tensors, int row) {
        long within = row;
        for (Tensor tensor : tensors) {
            if (within < tensor.rows()) {
                return tensor.rows(within, 1);
            }
            within -= tensor.rows();
        }
        return null;
    }

    /**
     * Refuses tensors of one role that would not fit into the arrays of {@link #of}, or as {@code {gate, up}} into those of
     * {@link #gated}, before memory is taken.
     *
     * @param role in words
     * @param slices how many times the role has them: layers, or experts of all layers
     * @throws EngineException OUT_OF_MEMORY
     */
    static void requireIndexable(String role, long slices, List<Tensor> tensors) {
        Map<TensorType, Long> rows = new EnumMap<>(TensorType.class);
        tensors.forEach(tensor -> rows.merge(tensor.type(), tensor.rows(), Long::sum));
        int cols = Math.toIntExact(tensors.getFirst().cols());
        rows.forEach((type, sum) -> PackedMatrix.requireIndexable(role, type, slices, sum, cols));
    }

    /** The matrices of its parts. */
    Stream<PackedMatrix> matrices() {
        return parts.stream().map(Part::matrix);
    }

    /** The arrays that go to the device. */
    Object[] arrays() {
        return matrices().flatMap(matrix -> Stream.of(matrix.words(), matrix.scales())).toArray();
    }
}
