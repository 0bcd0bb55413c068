package dev.qyclone.engine.cpu;

import dev.qyclone.engine.ops.Ops;
import dev.qyclone.engine.stage.CheckRequest;
import dev.qyclone.engine.stage.CheckRow;
import dev.qyclone.engine.stage.KernelFamily;
import java.util.ArrayList;
import java.util.List;

/** Compares the host's ops with the reference, on random numbers. The reference itself is only asked for finite numbers. */
final class CpuSelfCheck {
    /** Time that one kernel is measured for, in nanoseconds: enough for the JIT to have compiled it. */
    private static final long MEASURED = 80_000_000;
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
        List<CheckRow> rows = new ArrayList<>();
        try (CpuTrials trials = new CpuTrials(request)) {
            trials.all().forEach(trial -> rows.add(check(trial)));
        }
        return rows;
    }

    private CheckRow check(CpuTrial trial) {
        try {
            float[] got = trial.start().clone();
            trial.call().on(ops, got);
            float[] wanted = got;
            if (ops.getClass() != reference.getClass()) {
                wanted = trial.start().clone();
                trial.call().on(reference, wanted);
            }
            return CheckRow.ran(trial.kernel(), KernelFamily.AUTO, trial.type(), trial.shape(), distance(got, wanted), trial.tolerance(),
                    request.rates() ? rate(trial) : 0, trial.unit());
        } catch (RuntimeException | LinkageError e) {
            return CheckRow.failed(trial.kernel(), KernelFamily.AUTO, trial.type(), trial.shape(), trial.tolerance(), String.valueOf(e));
        }
    }

    /** That of the fastest call. */
    private double rate(CpuTrial trial) {
        float[] out = trial.start().clone();
        long fastest = Long.MAX_VALUE;
        long begin = System.nanoTime();
        for (long now = begin; now - begin < MEASURED; now = System.nanoTime()) {
            System.arraycopy(trial.start(), 0, out, 0, out.length);
            long start = System.nanoTime();
            trial.call().on(ops, out);
            fastest = Math.min(fastest, System.nanoTime() - start);
        }
        return trial.work() * NANOS / Math.max(1, fastest);
    }

    /** Relative L2 distance; NaN where a number is none. */
    private static double distance(float[] got, float[] wanted) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < wanted.length; i++) {
            difference += Math.pow((double) got[i] - wanted[i], 2);
            norm += Math.pow(wanted[i], 2);
        }
        return norm == 0 ? Math.sqrt(difference) : Math.sqrt(difference / norm);
    }
}
