package dev.qyclone.engine.cpu;

import dev.qyclone.engine.ops.Ops;
import dev.qyclone.engine.ops.PreparedWeights;
import dev.qyclone.engine.stage.CheckRequest;
import dev.qyclone.engine.stage.CheckRow;
import dev.qyclone.engine.stage.KernelFamily;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Compares the host's ops with the reference, on random numbers. The reference itself is only asked for finite numbers. */
final class CpuSelfCheck {
    /** Time to measure in for each kernel, in nanoseconds. */
    private static final long MEASURED = 50_000_000;
    /** After so many rounds in which no kernel became faster by a tenth, the JIT has compiled them all. */
    private static final int STEADY_ROUNDS = 10;
    private static final double A_TENTH = 0.9;
    /** A busy machine compiles late: this is the longest that is waited for it, in nanoseconds. */
    private static final long PATIENCE = 12_000_000_000L;
    private static final double NANOS = 1e9;

    private final Ops ops;
    private final Ops reference;
    private final CheckRequest request;

    CpuSelfCheck(Ops ops, Ops reference, CheckRequest request) {
        this.ops = ops;
        this.reference = reference;
        this.request = request;
    }

    List<CheckRow> rows() {
        try (CpuTrials kernels = new CpuTrials(request)) {
            List<CpuTrial> trials = kernels.all();
            try (PreparedWeights copies = ops.prepare(kernels.repacked(), true);
                    PreparedWeights rounded = ops.prepare(kernels.rounded(), false)) {
                List<CheckRow> rows = new ArrayList<>(trials.stream().map(this::check).toList());
                if (request.rates()) {
                    measure(trials, rows);
                }
                return rows;
            }
        }
    }

    /** The reference has nobody above it, and is compiled in no time. */
    private boolean isJudged() {
        return ops.getClass() != reference.getClass();
    }

    private CheckRow check(CpuTrial trial) {
        try {
            float[] got = trial.start().clone();
            trial.call().on(ops, got);
            float[] wanted = got;
            if (isJudged()) {
                wanted = trial.start().clone();
                trial.call().on(reference, wanted);
            }
            return CheckRow.ran(trial.kernel(), KernelFamily.AUTO, trial.type(), trial.shape(), CheckRow.distance(got, wanted),
                    trial.tolerance(),
                    0, trial.unit());
        } catch (RuntimeException | LinkageError e) {
            return CheckRow.failed(trial.kernel(), KernelFamily.AUTO, trial.type(), trial.shape(), trial.tolerance(), String.valueOf(e));
        }
    }

    /** Gives the rows of what ran the rate of its fastest call, in rounds over all kernels: one after the other would be interpreted. */
    private void measure(List<CpuTrial> trials, List<CheckRow> rows) {
        long[] fastest = new long[trials.size()];
        Arrays.fill(fastest, Long.MAX_VALUE);
        long begin = System.nanoTime();
        long passed = 0;
        int steady = 0;
        while (passed < trials.size() * MEASURED || isJudged() && steady < STEADY_ROUNDS && passed < PATIENCE) {
            steady++;
            for (int i = 0; i < trials.size(); i++) {
                if (rows.get(i).verdict() != CheckRow.Verdict.FAILED) {
                    long nanos = nanos(trials.get(i));
                    steady = nanos < A_TENTH * fastest[i] ? 0 : steady;
                    fastest[i] = Math.min(fastest[i], nanos);
                }
            }
            passed = System.nanoTime() - begin;
        }
        for (int i = 0; i < trials.size(); i++) {
            CheckRow row = rows.get(i);
            if (row.verdict() != CheckRow.Verdict.FAILED) {
                rows.set(i, row.withRate(trials.get(i).work() * NANOS / Math.max(1, fastest[i])));
            }
        }
    }

    private long nanos(CpuTrial trial) {
        float[] out = trial.start().clone();
        long start = System.nanoTime();
        trial.call().on(ops, out);
        return System.nanoTime() - start;
    }
}
