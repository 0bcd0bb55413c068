package dev.qyclone.engine.ops;

import dev.qyclone.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** The interleaved copies of a stage's matrices, outside the heap, made by all threads of a pool. */
final class InterleavedWeights {
    /** Groups that are handed out together. */
    private static final int GRAIN = 16;
    private static final int LINE = 64;

    private final Map<Tensor, InterleavedRows> rows = new IdentityHashMap<>();

    /** The copy of a matrix, or null where decode reads it as it is stored. */
    InterleavedRows of(Tensor matrix) {
        return rows.get(matrix);
    }

    /**
     * Copies those of the matrices that decode reads faster so.
     *
     * @param exact whether products with the copies keep their activations as floats
     */
    PreparedWeights add(List<Tensor> matrices, boolean exact, WorkerPool pool) {
        List<Tensor> chosen = matrices.stream().filter(matrix -> InterleavedRows.bytesOf(matrix) > 0 && !rows.containsKey(matrix))
                .distinct().toList();
        if (chosen.isEmpty()) {
            return PreparedWeights.NONE;
        }
        Arena arena = Arena.ofShared();
        try {
            InterleavedRows[] copies = new InterleavedRows[chosen.size()];
            // Memory is zeroed where it is taken, so every thread takes some.
            pool.run(copies.length, (i, worker) -> copies[i] =
                    new InterleavedRows(chosen.get(i), exact, arena.allocate(InterleavedRows.bytesOf(chosen.get(i)), LINE)));
            boolean[] finite = fill(copies, pool);
            long bytes = 0;
            for (int i = 0; i < copies.length; i++) {
                if (finite[i]) {
                    rows.put(copies[i].stored(), copies[i]);
                }
                bytes += copies[i].data().byteSize();
            }
            return new Copies(arena, bytes, chosen);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    private static boolean[] fill(InterleavedRows[] copies, WorkerPool pool) {
        record Piece(int copy, int from) {
        }
        List<Piece> pieces = new ArrayList<>();
        for (int i = 0; i < copies.length; i++) {
            for (int from = 0; from < copies[i].groups(); from += GRAIN) {
                pieces.add(new Piece(i, from));
            }
        }
        boolean[] finite = new boolean[pieces.size()];
        pool.run(finite.length, (part, worker) -> {
            Piece piece = pieces.get(part);
            InterleavedRows copy = copies[piece.copy];
            boolean all = true;
            for (int group = piece.from; group < Math.min(piece.from + GRAIN, copy.groups()); group++) {
                all &= InterleavedPacker.pack(copy, group);
            }
            finite[part] = all;
        });
        boolean[] whole = new boolean[copies.length];
        Arrays.fill(whole, true);
        for (int part = 0; part < finite.length; part++) {
            whole[pieces.get(part).copy] &= finite[part];
        }
        return whole;
    }

    private final class Copies implements PreparedWeights {
        private final Arena arena;
        private final long bytes;
        private final List<Tensor> matrices;

        Copies(Arena arena, long bytes, List<Tensor> matrices) {
            this.arena = arena;
            this.bytes = bytes;
            this.matrices = matrices;
        }

        @Override
        public long bytes() {
            return bytes;
        }

        @Override
        public void close() {
            if (arena.scope().isAlive()) {
                matrices.forEach(rows::remove);
                arena.close();
            }
        }
    }
}
