package dev.qyclone.bench.study.run;

import dev.qyclone.bench.study.Cell;
import dev.qyclone.bench.study.CellTarget;
import dev.qyclone.bench.study.DeviceLimits;
import dev.qyclone.bench.study.LayerTime;
import dev.qyclone.bench.study.Memory;
import dev.qyclone.bench.study.Parity;
import dev.qyclone.bench.study.RunFacts;
import dev.qyclone.bench.study.Status;
import dev.qyclone.bench.study.Study;
import dev.qyclone.bench.study.StudySettings;
import dev.qyclone.bench.tokens.ModelFacts;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Runs a study. Cells are opened one after the other and stay open together, as many as fit into memory; then every round goes over all
 * of them, beginning one further on each time, so that what disturbs a machine for a while meets all alike. One cell works at a time.
 */
public final class StudyRunner {
    private static final String SCALAR = "cpu:scalar";

    private final StudyRequest request;
    private final Function<CellSpec, CellWorker> workers;
    private final Consumer<String> status;
    private final Consumer<Study> kept;
    private final References references;
    private final List<OpenCell> cells;
    private final MeasuredLimits limits;
    private final String began = now();
    private final ModelFacts model;
    private volatile boolean stopped;

    private StudyRunner(StudyRequest request, Function<CellSpec, CellWorker> workers, Consumer<String> status, Consumer<Study> kept) {
        this.request = request;
        this.workers = workers;
        this.status = status;
        this.kept = kept;
        this.references = new References(request.scratch());
        this.limits = new MeasuredLimits(request.settings().rounds() == 1);
        this.cells = request.targets().stream()
                .map(target -> new OpenCell(request.label(), target, request.settings(), String.join(" ", flags(target)))).toList();
        try (Model opened = ModelLoader.load(request.model())) {
            ModelFacts facts = ModelFacts.of(opened);
            this.model = new ModelFacts(request.model().toAbsolutePath().getFileName().toString(), facts.type(), facts.bytes(),
                    facts.parameters(), facts.vocab());
        }
    }

    /**
     * A run with a JVM for each cell.
     *
     * @param status told in a line what comes next
     * @param kept given all that is known, each time something was measured
     * @throws EngineException if the model cannot be read
     */
    public static StudyRunner inProcesses(
            StudyRequest request, WorkerLauncher launcher, Consumer<String> status, Consumer<Study> kept) {
        String crash = "-XX:ErrorFile=" + WorkerProcess.crashReport(request.crashes(), "%p");
        return new StudyRunner(request, spec -> {
            List<String> flags = Stream.concat(Stream.of("-XX:+DisplayVMOutputToStderr", crash), flags(spec.target()).stream()).toList();
            return WorkerProcess.start(launcher.command(flags), spec, request.crashes());
        }, status, kept);
    }

    /** A run with these workers, such as some in this JVM. */
    static StudyRunner with(
            StudyRequest request, Function<CellSpec, CellWorker> workers, Consumer<String> status, Consumer<Study> kept) {
        return new StudyRunner(request, workers, status, kept);
    }

    private static List<String> flags(CellTarget target) {
        return target.vectorBits() == 0 ? List.of() : List.of("-XX:MaxVectorSize=" + target.vectorBits() / 8);
    }

    private static String now() {
        return Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** Measures everything; what fails is a row. */
    public Study run() {
        try {
            try (Model opened = ModelLoader.load(request.model())) {
                boolean stored = types().contains(CellTarget.STORED);
                types().forEach(type -> references.convert(opened, type, stored, status));
            }
            // The reference comes first: all others are compared with it.
            List<OpenCell> waiting = new ArrayList<>(cells);
            waiting.sort(Comparator.comparing(cell -> !isReference(cell.target)));
            while (!waiting.isEmpty() && !stopped) {
                waiting = wave(waiting);
            }
        } finally {
            cells.forEach(OpenCell::close);
        }
        Study study = soFar();
        kept.accept(study);
        return study;
    }

    /** Ends the run from another thread. What was measured so far stays; the rest is marked incomplete. */
    public Study stop() {
        Study study = soFar();
        stopped = true;
        references.stop();
        cells.forEach(OpenCell::close);
        return study;
    }

    /** What is known now. */
    public Study soFar() {
        List<DeviceLimits> known = limits.all();
        List<Cell> rows = new ArrayList<>(cells.stream().map(cell -> cell.cell(known)).toList());
        rows.addAll(request.known());
        boolean complete = rows.stream().noneMatch(cell -> cell.status() == Status.INCOMPLETE);
        RunFacts run = new RunFacts(request.label(), complete, began, now(), model.file(), model.type(), model.bytes(), model.parameters(),
                request.settings(), request.environment(), known);
        return Study.of(List.of(run), rows);
    }

    private List<String> types() {
        return cells.stream().map(cell -> cell.target.type()).distinct().toList();
    }

    private static boolean isReference(CellTarget target) {
        return target.devices().equals(List.of(SCALAR));
    }

    /** Measures as many of the cells as fit into memory together. @return those that are still to come */
    private List<OpenCell> wave(List<OpenCell> waiting) {
        MemoryBook book = new MemoryBook(request.environment().memoryBytes());
        List<OpenCell> open = new ArrayList<>();
        List<OpenCell> later = new ArrayList<>();
        for (OpenCell cell : waiting) {
            attempt(cell, worker -> {
                if (!open(cell, book, open.isEmpty())) {
                    cell.close();
                    later.add(cell);
                }
            });
            if (cell.isOpen()) {
                open.add(cell);
            }
            kept.accept(soFar());
        }
        for (MeasuredLimits.Wanted wanted : MeasuredLimits.of(open)) {
            if (!limits.knows(wanted)) {
                status.accept("limits of " + wanted.device() + " in " + wanted.cell().target.place());
                attempt(wanted.cell(), worker -> measureLimits(worker, wanted.device()));
            }
        }
        rounds(open);
        for (OpenCell cell : open) {
            status.accept("layers of " + cell.target.place() + " one by one");
            attempt(cell, worker -> finish(cell, worker));
            cell.close();
            kept.accept(soFar());
        }
        return later;
    }

    /** A stage for each layer beside those of the model can be more than a device holds: that takes none of what was measured. */
    private void finish(OpenCell cell, CellWorker worker) {
        Memory memory = worker.memory();
        List<LayerTime> layers = List.of();
        String without = "";
        try {
            layers = worker.layers();
        } catch (EngineException e) {
            requireGoingOn(worker, e);
            without = "layers were not timed one by one: " + e.getMessage();
            status.accept(cell.target.place() + ": " + without);
        }
        cell.finished(memory, layers, without);
    }

    private void rounds(List<OpenCell> open) {
        StudySettings settings = request.settings();
        for (OpenCell cell : open) {
            status.accept("warm-up of " + cell.target.place());
            attempt(cell, CellWorker::warmUp);
        }
        long most = (long) (settings.cellSeconds() * 1e9);
        for (int round = 0; round < settings.rounds() && open.stream().anyMatch(cell -> cell.isOpen() && cell.spent() < most); round++) {
            status.accept("round " + (round + 1) + " of " + settings.rounds());
            for (int i = 0; i < open.size(); i++) {
                OpenCell cell = open.get((i + round) % open.size());
                if (cell.spent() < most) {
                    attempt(cell, worker -> cell.sampled(worker.prefill(), worker.decode()));
                }
            }
            kept.accept(soFar());
        }
    }

    /** What a cell's worker is asked to do. */
    private interface Step {
        void run(CellWorker worker);
    }

    /** A cell that fails is a row with the reason, and the others go on. */
    private void attempt(OpenCell cell, Step step) {
        CellWorker worker = null;
        try {
            if (stopped || cell.isOver()) {
                return;
            }
            if (cell.worker() == null) {
                begin(cell);
            }
            if (!cell.isOpen()) {
                return;
            }
            worker = cell.worker();
            step.run(worker);
        } catch (EngineException e) {
            // Ctrl-C reaches the cell's JVM as well, and perhaps before this one hears of it.
            if (!stopped && !(worker != null && worker.interrupted() && stoppedSoon())) {
                cell.end(Status.FAILED, e.getMessage());
                status.accept(cell.target.place() + " failed: " + e.getMessage());
            }
        }
    }

    private boolean stoppedSoon() {
        try {
            for (int i = 0; i < 20 && !stopped; i++) {
                Thread.sleep(50);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return stopped;
    }

    private void begin(OpenCell cell) {
        EngineException why = references.impossible(cell.target.type());
        if (why == null) {
            cell.started(start(cell.target));
        } else {
            cell.end(why.code() == ErrorCode.UNSUPPORTED ? Status.NOT_RUN : Status.FAILED, why.getMessage());
        }
    }

    private CellWorker start(CellTarget target) {
        Path weights = references.weights(target.type());
        return workers.apply(new CellSpec(request.model().toAbsolutePath().toString(), target, weights == null ? null : weights.toString(),
                request.settings(), request.cacheFolder() == null ? null : request.cacheFolder().toString(), 0));
    }

    /**
     * Opens a cell and compares its logits.
     *
     * @param alone whether no other is open
     * @return false if it must wait until others are closed
     */
    private boolean open(OpenCell cell, MemoryBook book, boolean alone) {
        status.accept("open " + cell.target.place() + (cell.target.type().equals(CellTarget.STORED) ? "" : ", " + cell.target.type()));
        CellWorker worker = cell.worker();
        CellWorker.Prepared prepared = worker.prepare();
        int wanted = cell.target.vectorBits();
        if (wanted != 0 && prepared.vectorBits() != wanted) {
            String reason = prepared.vectorBits() == 0 ? "this JVM has no vector module"
                    : "Java offers " + prepared.vectorBits() + "-bit vectors here, not " + wanted + "-bit ones";
            cell.end(Status.NOT_RUN, reason);
            return true;
        }
        if (!book.enter(prepared) && !alone) {
            return false;
        }
        cell.prepared(prepared);
        CacheState before = caches(prepared);
        try {
            cell.opened(worker.open());
        } catch (EngineException e) {
            if (e.code() == ErrorCode.OUT_OF_MEMORY && !alone) {
                return false;
            }
            throw e;
        } finally {
            cell.cached(before.until(caches(prepared)));
        }
        String type = cell.target.type();
        if (isReference(cell.target) && references.logits(type) == null) {
            references.write(type, worker);
        }
        compare(cell, worker);
        return true;
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
            status.accept("the reference, " + SCALAR + ", computes logits");
            return start(new CellTarget(type, List.of(SCALAR), 0, CellTarget.AUTO));
        });
    }

    /** Without limits there are no percentages, and everything else. */
    private void measureLimits(CellWorker worker, String device) {
        try {
            DeviceLimits found = worker.limits(device);
            if (found != null) {
                limits.add(found);
            }
        } catch (EngineException e) {
            requireGoingOn(worker, e);
            status.accept("the limits of " + device + " are not known: " + e.getMessage());
        }
    }

    /** What a cell can do without is no reason to go on when the study, or the cell, is being ended. */
    private void requireGoingOn(CellWorker worker, EngineException why) {
        if (stopped || worker.interrupted()) {
            throw why;
        }
    }
}
