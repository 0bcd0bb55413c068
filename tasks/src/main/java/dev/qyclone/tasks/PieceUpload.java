package dev.qyclone.tasks;

import dev.qyclone.engine.ops.WorkerPool;
import dev.qyclone.tasks.kernels.HostArrays;
import dev.qyclone.tasks.kernels.MoveKernels;
import dev.qyclone.tasks.kernels.PackedMatrix;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Takes large matrices to the device piece by piece: all processors pack a piece, it is sent, and a kernel puts it into its place. None
 * of them ever lies on the host as a whole, and where the device is the host's processor, all of its threads touch the matrix first.
 */
final class PieceUpload {
    /** Bytes of a piece at most, where a group of rows has no more; plans count with the same, in {@code ScratchNeeds}. */
    private static final long MOST = 16 << 20;
    /** Pieces of the largest matrix at least. */
    private static final int PIECES = 32;
    /** Groups of rows that one thread packs at a time. */
    private static final int PART = 4;
    private static final int LANES = MoveKernels.LANES;

    private final GraphChain chain;
    private final List<PackedMatrix> matrices;
    private final List<Steps> places = new ArrayList<>();
    private final IntArray range = new IntArray(MoveKernels.RANGE);
    private final IntArray words;
    private final FloatArray scales;
    private final Steps piece;
    private final long most;

    /**
     * Begins a chain with the graphs that send matrices, those of them that are to be sent in pieces.
     *
     * @param arrays where pieces lie on the host
     */
    static void begin(GraphChain chain, Stream<PackedMatrix> matrices, HostArrays arrays) {
        List<PackedMatrix> large = matrices.filter(PackedMatrix::inPieces).toList();
        if (!large.isEmpty()) {
            PieceUpload upload = new PieceUpload(chain, large, arrays);
            chain.openWith(upload::send);
        }
    }

    private PieceUpload(GraphChain chain, List<PackedMatrix> matrices, HostArrays arrays) {
        this.chain = chain;
        this.matrices = matrices;
        this.most = Math.min(MOST, matrices.stream().mapToLong(PackedMatrix::bytes).max().orElseThrow() / PIECES);
        this.words = arrays.ints(matrices.stream().mapToInt(m -> groups(m) * m.groupWords()).max().orElseThrow() + LANES);
        this.scales = arrays.floats(matrices.stream().mapToInt(m -> groups(m) * m.groupScales()).max().orElseThrow() + LANES);
        this.piece = chain.next("piece").share(range, words, scales);
        FloatArray seen = new FloatArray(1);
        piece.own(seen).overItems("arrived", 1, (graph, task) -> graph.task(task, MoveKernels::arrived, range, words, scales, seen));
        int items = Math.max(words.getSize(), scales.getSize()) / LANES;
        for (PackedMatrix matrix : matrices) {
            places.add(chain.next("place" + (places.size() + 1)).reserve(matrix.words(), matrix.scales()).overItems("place", items,
                    (graph, task) -> graph.task(task, MoveKernels::place, range, words, scales, matrix.words(), matrix.scales(), items)));
        }
    }

    /** Groups of rows in a piece. */
    private int groups(PackedMatrix matrix) {
        return Math.toIntExact(Math.max(1, most / (Integer.BYTES * (matrix.groupWords() + matrix.groupScales()))));
    }

    private void send() {
        try (WorkerPool workers = new WorkerPool(Runtime.getRuntime().availableProcessors())) {
            for (int i = 0; i < matrices.size(); i++) {
                PackedMatrix matrix = matrices.get(i);
                int all = matrix.slices() * matrix.groups();
                for (int from = 0; from < all; from += groups(matrix)) {
                    send(matrix, from, Math.min(groups(matrix), all - from), workers);
                    chain.send(places.get(i));
                }
            }
        }
    }

    private void send(PackedMatrix matrix, int first, int count, WorkerPool workers) {
        int parts = Math.ceilDiv(count, PART);
        HostArrays.filling(() -> workers.run(parts, (part, worker) ->
                matrix.pack(first, first + part * PART, first + Math.min(count, (part + 1) * PART), words, scales)));
        range.set(MoveKernels.FIRST_WORDS, first * (matrix.groupWords() / LANES));
        range.set(MoveKernels.WORDS, count * matrix.groupWords() / LANES);
        range.set(MoveKernels.FIRST_SCALES, first * (matrix.groupScales() / LANES));
        range.set(MoveKernels.SCALES, count * matrix.groupScales() / LANES);
        chain.send(piece);
    }
}
