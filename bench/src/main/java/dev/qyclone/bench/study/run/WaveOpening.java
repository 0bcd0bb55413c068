package dev.qyclone.bench.study.run;

import dev.qyclone.bench.study.CellTarget;
import dev.qyclone.bench.study.Parity;
import dev.qyclone.bench.study.Status;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Function;

/** Opens cells and compares their logits, as many as fit into memory together. */
final class WaveOpening {
    private final StudyRequest request;
    private final References references;
    private final Function<CellTarget, CellWorker> workers;
    private final Consumer<String> status;
    private final MemoryBook book;
    private final List<OpenCell> later = new ArrayList<>();
    private volatile boolean alone = true;

    /**
     * @param workers start a cell's JVM
     * @param status told in a line what comes next
     */
    WaveOpening(StudyRequest request, References references, Function<CellTarget, CellWorker> workers, Consumer<String> status) {
        this.request = request;
        this.references = references;
        this.workers = workers;
        this.status = status;
        this.book = new MemoryBook(request.environment().memoryBytes());
    }

    /**
     * Opens cells, {@code atOnce} at a time. References come before the others, and the first that opens is alone and may take what
     * it likes.
     *
     * @param cells the references first
     * @param each opens one of them by {@link #open}
     */
    void all(List<OpenCell> cells, int atOnce, Consumer<OpenCell> each) {
        List<OpenCell> waiting = new ArrayList<>(cells);
        while (!waiting.isEmpty() && (atOnce == 1 || alone || References.isOf(waiting.getFirst().target))) {
            OpenCell cell = waiting.removeFirst();
            each.accept(cell);
            alone &= !cell.isOpen();
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(atOnce)) {
            List<Callable<Object>> tasks = waiting.stream().map(cell -> Executors.callable(() -> each.accept(cell))).toList();
            for (Future<Object> task : threads.invokeAll(tasks)) {
                task.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EngineException(ErrorCode.DEVICE_FAILED, "interrupted while cells were opened", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        }
    }

    /** Those that must wait until others are closed, in the order of the wave. */
    List<OpenCell> later() {
        return List.copyOf(later);
    }

    /** Opens a cell that has a worker, or closes it until later. */
    void open(OpenCell cell) {
        status.accept("open " + cell.target.place() + (cell.target.type().equals(CellTarget.STORED) ? "" : ", " + cell.target.type()));
        CellWorker.Prepared prepared = cell.worker().prepare();
        int wanted = cell.target.vectorBits();
        if (wanted != 0 && prepared.vectorBits() != wanted) {
            String reason = prepared.vectorBits() == 0 ? "this JVM has no vector module"
                    : "Java offers " + prepared.vectorBits() + "-bit vectors here, not " + wanted + "-bit ones";
            cell.end(Status.NOT_RUN, reason);
            return;
        }
        if (!enter(prepared)) {
            postpone(cell);
            return;
        }
        cell.prepared(prepared);
        CellWorker worker = cell.worker();
        if (worker == null || !opened(cell, prepared, worker)) { // there is none once the study is ended
            return;
        }
        String type = cell.target.type();
        if (References.isOf(cell.target) && references.logits(type) == null) {
            references.write(type, worker);
        }
        compare(cell, worker);
    }

    private synchronized boolean enter(CellWorker.Prepared prepared) {
        return book.enter(prepared) || alone;
    }

    private synchronized void postpone(OpenCell cell) {
        cell.close();
        later.add(cell);
    }

    /** @return false if it must wait until others are closed */
    private boolean opened(OpenCell cell, CellWorker.Prepared prepared, CellWorker worker) {
        CacheState before = caches(prepared);
        try {
            cell.opened(worker.open());
            return true;
        } catch (EngineException e) {
            if (e.code() == ErrorCode.OUT_OF_MEMORY && !alone) {
                postpone(cell);
                return false;
            }
            throw e;
        } finally {
            cell.cached(before.until(caches(prepared)));
        }
    }

    private CacheState caches(CellWorker.Prepared cell) {
        Path checks = request.cacheFolder() == null ? null : request.cacheFolder().resolve("checks");
        return CacheState.of(cell.devices(), checks, request.driverCaches());
    }

    private void compare(OpenCell cell, CellWorker worker) {
        String type = cell.target.type();
        Parity parity = worker.compare(logits(type));
        Parity toStored = references.isConverted(type) ? worker.compare(logits(CellTarget.STORED)) : null;
        cell.compared(parity, toStored);
    }

    /** The reference's logits; where it is no cell of this study, it runs for this alone. */
    private Path logits(String type) {
        return references.logits(type, () -> {
            CellTarget target = References.target(type);
            status.accept("the reference, " + String.join(", ", target.devices()) + ", computes logits");
            return workers.apply(target);
        });
    }
}
