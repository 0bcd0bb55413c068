package dev.qyclone.bench.tokens;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.generation.SessionOptions;
import dev.qyclone.engine.model.Model;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;

/**
 * Times prompts and single tokens on one target or several. All targets are open at once and the order of the cells turns by one
 * from round to round, so that what disturbs a machine for a while meets all cells alike.
 */
public final class TokenBench {
    /** Single tokens behind a repetition that show what launches cost; of a prompt it is one batch. */
    private static final int PAIRS = 8;

    private final ModelFacts model;
    private final BenchSettings settings;
    private final HostLimits hostLimits;
    private final Consumer<String> status;
    /** Another thread may ask for the rows at any time. */
    private final List<Cell> cells = new CopyOnWriteArrayList<>();
    private final OpenMemory memory = new OpenMemory();

    /** @param status told in a line what comes next */
    public TokenBench(ModelFacts model, BenchSettings settings, HostLimits hostLimits, Consumer<String> status) {
        this.model = model;
        this.settings = settings;
        this.hostLimits = hostLimits;
        this.status = status;
    }

    /**
     * Measures everything, once.
     *
     * @param reference the plain ops on the host, for the comparison of logits
     * @return a row for every test on every target, in the order of the settings; a target that fails has rows with the reason
     */
    public List<BenchRow> run(List<BenchTarget> targets, BenchTarget reference) {
        List<OpenTarget> open = new ArrayList<>();
        try {
            Optional<Parity.Truth> truth = settings.parityIds() == 0 ? Optional.empty() : Optional.of(truth(reference));
            for (BenchTarget target : targets) {
                cells.addAll(cells(target, truth, open));
            }
            if (open.size() > 1) {
                memory.tooMuch().ifPresent(status);
            }
            if (settings.warmUpNanos() > 0) {
                status.accept("warm-up");
                cells.forEach(Cell::warmUp);
            }
            for (int round = 0; round < settings.repetitions(); round++) {
                status.accept("round " + (round + 1) + " of " + settings.repetitions());
                for (int i = 0; i < cells.size(); i++) {
                    cells.get((i + round) % cells.size()).measure();
                }
            }
            return rows();
        } finally {
            open.forEach(OpenTarget::close);
        }
    }

    /**
     * What has been measured until now; any thread may ask while {@link #run} measures.
     *
     * @return a row for every test on every target that was opened; those without all their repetitions are marked incomplete
     */
    public List<BenchRow> rows() {
        return cells.stream().map(Cell::row).toList();
    }

    private Parity.Truth truth(BenchTarget reference) {
        status.accept("the reference, " + reference.device() + ", computes " + settings.parityIds() + " + " + Parity.STEPS + " ids");
        try (Engine engine = reference.open().engine()) {
            SessionOptions options = new SessionOptions(settings.positions(), settings.parityIds());
            return Parity.truth(engine, options, CellRun.randomIds(settings.parityIds(), model.vocab()));
        }
    }

    private List<Cell> cells(BenchTarget target, Optional<Parity.Truth> truth, List<OpenTarget> open) {
        status.accept("open " + target.device() + (target.profile().isEmpty() ? "" : " (" + target.profile() + ")"));
        try {
            int[] firstPrompt = CellRun.randomIds(Math.max(1, settings.parityIds()), model.vocab());
            OpenTarget opened = OpenTarget.open(target, settings.positions(), firstPrompt, truth);
            open.add(opened);
            memory.add(opened.engine().model(), opened.engine().placement());
            List<Cell> cells = settings.works().stream().map(work -> new Cell(opened.facts(), work, opened)).toList();
            int bits = opened.facts().activationBits();
            opened.facts().parity().filter(parity -> !parity.sound(bits)).ifPresent(parity ->
                    cells.forEach(cell -> cell.fail("computes wrongly: the logits are " + parity.relativeL2()
                            + " (relative L2) from those of the plain reference, expected at most " + Parity.bound(bits))));
            return cells;
        } catch (EngineException | OutOfMemoryError e) {
            TargetFacts facts = TargetFacts.unopened(target);
            List<Cell> cells = settings.works().stream().map(work -> new Cell(facts, work, null)).toList();
            cells.forEach(cell -> cell.fail(reason(e)));
            return cells;
        }
    }

    private static String reason(Throwable e) {
        return e instanceof OutOfMemoryError ? "out of memory: " + e.getMessage() : e.getMessage();
    }

    /** A row in the making. */
    private final class Cell {
        private final TargetFacts facts;
        private final BenchSettings.Work work;
        private final OpenTarget target;
        private final List<Long> nanos = new ArrayList<>();
        private final List<Double> limits = new ArrayList<>();
        private volatile DeviceTimer timer;
        private volatile Instant began = Instant.now();
        private volatile String failure = "";

        /** @param target null where it did not open; the cell has failed then */
        Cell(TargetFacts facts, BenchSettings.Work work, OpenTarget target) {
            this.facts = facts;
            this.work = work;
            this.target = target;
        }

        void fail(String reason) {
            failure = reason;
        }

        void warmUp() {
            long spent = 0;
            while (failure.isEmpty() && spent < settings.warmUpNanos()) {
                spent += attempt(CellRun::time);
            }
        }

        void measure() {
            attempt(run -> {
                if (nanos.isEmpty()) {
                    began = Instant.now();
                }
                double limit = limit();
                long time = run.time();
                add(time, limit);
                return time;
            });
            timeKernels();
        }

        private synchronized void add(long time, double limit) {
            nanos.add(time);
            if (limit > 0) {
                limits.add(limit);
            }
        }

        private void timeKernels() {
            if (!failure.isEmpty() || !timer().useful()) {
                return;
            }
            TokenTest few = work.test().shortened(work.test().decodes() ? 1 : work.batch());
            attempt(few, run -> {
                for (int i = 0; i < (few.decodes() ? PAIRS : 1); i++) {
                    timer().pair(run, (long) few.tokens() * work.sessions());
                }
                return 0;
            });
        }

        private double limit() {
            if (!facts.readsHostMemory()) {
                return 0;
            }
            return work.test().decodes() ? hostLimits.gigabytesPerSecond(facts.threads()) : hostLimits.gigaflopsPerSecond(facts.threads());
        }

        private DeviceTimer timer() {
            if (timer == null) {
                timer = new DeviceTimer(target.engine());
            }
            return timer;
        }

        private long attempt(ToLongFunction<CellRun> what) {
            return attempt(work.test(), what);
        }

        /** @return nanoseconds of the run, 0 if the cell has failed */
        private long attempt(TokenTest test, ToLongFunction<CellRun> what) {
            if (!failure.isEmpty()) {
                return 0;
            }
            try {
                CellRun run = new CellRun(test, work.batch(), work.flow(), model.vocab(),
                        target.sessions(work.batch(), work.sessions()));
                run.prepare();
                return what.applyAsLong(run);
            } catch (EngineException | OutOfMemoryError e) {
                fail(reason(e));
                target.closeSessions();
                return 0;
            }
        }

        synchronized BenchRow row() {
            boolean complete = !failure.isEmpty() || nanos.size() == settings.repetitions();
            return new BenchRow(model, facts, work.test(), work.batch(), work.sessions(), work.flow(), began, outcome(), complete);
        }

        private BenchRow.Outcome outcome() {
            if (!failure.isEmpty() || nanos.isEmpty()) {
                return new BenchRow.Failed(failure.isEmpty() ? "the run was ended before this was measured" : failure);
            }
            long[] times = nanos.stream().mapToLong(Long::longValue).toArray();
            Samples samples = new Samples((long) work.test().tokens() * work.sessions(), times);
            TokenTest test = work.test();
            Model weights = target.engine().model();
            long bytes = test.decodes() ? BytesPerToken.of(weights, target.engine().placement(), test) : 0;
            double flops = test.decodes() ? 0 : FlopsPerPrompt.of(weights, test.depth(), test.prompt()) / test.prompt();
            DeviceTime time = timer == null ? DeviceTime.NONE : timer.time();
            return new BenchRow.Measured(samples, bytes, flops, limits, time);
        }
    }
}
