package dev.qyclone.bench.study.run;

import dev.qyclone.bench.study.Cell;
import dev.qyclone.bench.study.CellTarget;
import dev.qyclone.bench.study.DeviceLimits;
import dev.qyclone.bench.study.LayerTime;
import dev.qyclone.bench.study.Memory;
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
 * of them, beginning one further on each time, so that what disturbs a machine for a while meets all alike. One cell works at a time; a
 * study of one round, which is a first look, opens two at a time.
 */
public final class StudyRunner {
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
            waiting.sort(Comparator.comparing(cell -> !References.isOf(cell.target)));
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

    /** Files are written by one thread at a time. */
    private synchronized void keep() {
        kept.accept(soFar());
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

    /** Measures as many of the cells as fit into memory together. @return those that are still to come */
    private List<OpenCell> wave(List<OpenCell> waiting) {
        WaveOpening opening = new WaveOpening(request, references, this::start, status);
        opening.all(waiting, request.settings().openedAtOnce(), cell -> {
            attempt(cell, worker -> opening.open(cell));
            keep();
        });
        List<OpenCell> open = waiting.stream().filter(OpenCell::isOpen).toList();
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
            keep();
        }
        return opening.later();
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
            keep();
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
            if (stopped) {
                cell.close(); // whoever ended the study may have closed the cells already
            }
        } else {
            cell.end(why.code() == ErrorCode.UNSUPPORTED ? Status.NOT_RUN : Status.FAILED, why.getMessage());
        }
    }

    private CellWorker start(CellTarget target) {
        Path weights = references.weights(target.type());
        return workers.apply(new CellSpec(request.model().toAbsolutePath().toString(), target, weights == null ? null : weights.toString(),
                request.settings(), request.cacheFolder() == null ? null : request.cacheFolder().toString(), 0));
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
