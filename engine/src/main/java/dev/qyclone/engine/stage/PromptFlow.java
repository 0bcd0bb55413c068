package dev.qyclone.engine.stage;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;

/**
 * One long prompt on its way through the stages: while a stage computes a piece, the stage before it computes the next. The caller
 * embeds, runs the first stage and hears of pieces that are through; each other stage runs on its own thread.
 *
 * <p>There are as many pieces on the way as there are stages: a slow stage makes those before it wait. Pieces reach each stage in
 * order, because each thread takes them in the order they came. After a failure no stage begins another piece, and the caller throws
 * once all pieces are back.
 */
final class PromptFlow {
    /** Rows on their way. */
    private record Piece(HiddenStates rows, int position) {
        int end() {
            return position + rows.tokens();
        }
    }

    private final Pipeline pipeline;
    private final StageThreads threads;
    private final List<StageCache> caches;
    private final int[] ids;
    private final int end;
    private final int batch;
    private final IntConsumer computed;
    private final BlockingQueue<Piece> through = new LinkedBlockingQueue<>();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final Deque<HiddenStates> free = new ArrayDeque<>();
    private int next;
    private int underWay;

    PromptFlow(Pipeline pipeline, StageThreads threads, List<StageCache> caches, int[] ids, int from, int end, int batch,
            IntConsumer computed) {
        this.pipeline = pipeline;
        this.threads = threads;
        this.caches = caches;
        this.ids = ids;
        this.end = end;
        this.batch = batch;
        this.computed = computed;
        this.next = from;
    }

    /** @param x holds the last piece's output afterwards */
    void run(HiddenStates x) {
        free.add(x);
        int pieces = Math.min(threads.stages(), Math.ceilDiv(end - next, batch));
        while (free.size() < pieces) {
            free.add(pipeline.newHiddenStates(batch));
        }
        Piece last = null;
        while (underWay > 0 || next < end && failure.get() == null) {
            Piece piece = through.poll();
            if (piece == null && !free.isEmpty() && next < end && failure.get() == null) {
                send(free.remove());
                continue;
            }
            last = piece == null ? await() : piece;
            arrive(last);
        }
        rethrow();
        if (last.rows() != x) {
            x.resize(last.rows().tokens());
            System.arraycopy(last.rows().data(), 0, x.data(), 0, x.tokens() * x.dim());
        }
    }

    private void send(HiddenStates rows) {
        Piece piece = new Piece(rows.resize(Math.min(batch, end - next)), next);
        try {
            pipeline.embed(ids, next, rows);
            pipeline.run(0, caches.getFirst(), rows, piece.position());
        } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e);
            return;
        }
        next = piece.end();
        underWay++;
        pass(piece, 1);
    }

    private void pass(Piece piece, int stage) {
        if (stage == threads.stages()) {
            through.add(piece);
            return;
        }
        try {
            threads.of(stage).execute(() -> work(piece, stage));
        } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e); // no thread is to be had
            through.add(piece);
        }
    }

    private void work(Piece piece, int stage) {
        try {
            if (failure.get() == null) {
                pipeline.run(stage, caches.get(stage), piece.rows(), piece.position());
            }
        } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e);
        }
        pass(piece, stage + 1);
    }

    private void arrive(Piece piece) {
        underWay--;
        free.add(piece.rows());
        if (failure.get() == null) {
            try {
                computed.accept(piece.end());
            } catch (RuntimeException | Error e) {
                failure.compareAndSet(null, e);
            }
        }
    }

    /** The rows under way are the stages' until they come back: an interrupt is kept for later. */
    private Piece await() {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return through.take();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void rethrow() {
        switch (failure.get()) {
            case null -> { }
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
    }
}
