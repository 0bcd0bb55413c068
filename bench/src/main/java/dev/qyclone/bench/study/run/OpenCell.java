package dev.qyclone.bench.study.run;

import dev.qyclone.bench.study.Cell;
import dev.qyclone.bench.study.CellTarget;
import dev.qyclone.bench.study.DeviceLimits;
import dev.qyclone.bench.study.FirstToken;
import dev.qyclone.bench.study.KernelCaches;
import dev.qyclone.bench.study.LayerTime;
import dev.qyclone.bench.study.Memory;
import dev.qyclone.bench.study.Parity;
import dev.qyclone.bench.study.Roofline;
import dev.qyclone.bench.study.Speed;
import dev.qyclone.bench.study.Status;
import dev.qyclone.bench.study.StudySettings;
import java.util.ArrayList;
import java.util.List;

/** A cell in the making. What it holds is read by another thread when the study is ended: all access is its own to guard. */
final class OpenCell {
    private static final String ENDED = "the study was ended before this was measured";

    final CellTarget target;
    private final String run;
    private final StudySettings settings;
    private final String flags;
    private CellWorker worker; // null before it opens and after it is closed
    private Status status = Status.INCOMPLETE;
    private String reason = ENDED;
    private CellWorker.Prepared prepared;
    private FirstToken firstToken;
    private KernelCaches caches; // null before it was opened
    private Parity parity;
    private Parity parityToStored;
    private Memory memory;
    private List<LayerTime> layers = List.of();
    private String note = "";
    private final List<Long> prefill = new ArrayList<>();
    private final List<Long> decode = new ArrayList<>();

    /** @param flags of its own JVM, in words */
    OpenCell(String run, CellTarget target, StudySettings settings, String flags) {
        this.run = run;
        this.target = target;
        this.settings = settings;
        this.flags = flags;
    }

    synchronized void started(CellWorker own) {
        worker = own;
    }

    synchronized CellWorker worker() {
        return worker;
    }

    /** True while it is being measured. */
    synchronized boolean isOpen() {
        return worker != null && !isOver();
    }

    /** True once it is known what came of it. */
    synchronized boolean isOver() {
        return status != Status.INCOMPLETE;
    }

    synchronized void prepared(CellWorker.Prepared what) {
        prepared = what;
    }

    synchronized CellWorker.Prepared prepared() {
        return prepared;
    }

    synchronized void opened(FirstToken first) {
        firstToken = first;
    }

    /** @param found by an attempt to open it, of which there may be two */
    synchronized void cached(KernelCaches found) {
        caches = caches == null ? found : caches.and(found);
    }

    synchronized void compared(Parity found, Parity toStored) {
        parity = found;
        parityToStored = toStored;
    }

    synchronized void sampled(long prefillNanos, long decodeNanos) {
        prefill.add(prefillNanos);
        decode.add(decodeNanos);
    }

    /** Nanoseconds of all rounds so far. */
    synchronized long spent() {
        return prefill.stream().mapToLong(Long::longValue).sum() + decode.stream().mapToLong(Long::longValue).sum();
    }

    /** @param without why there are no layers; an empty text where there are, or need not be any */
    synchronized void finished(Memory taken, List<LayerTime> each, String without) {
        memory = taken;
        layers = each;
        note = without;
        boolean sound = parity == null || parity.sound();
        status = sound ? Status.MEASURED : Status.WRONG;
        reason = sound ? "" : "the logits are " + parity.relativeL2()
                + " (relative L2) from those of the plain reference, expected at most "
                + Parity.BOUND;
    }

    /** It will not be measured any further; figures that it has stay. */
    synchronized void end(Status how, String why) {
        status = how;
        reason = why;
        close();
    }

    synchronized void close() {
        if (worker != null) {
            worker.close();
            worker = null;
        }
    }

    /** What is known of it now. */
    synchronized Cell cell(List<DeviceLimits> limits) {
        if (prepared == null) {
            return Cell.without(run, target, target.type(), status, reason);
        }
        Speed first = prefill.isEmpty() ? null : Speed.of("pp" + settings.prefillIds(), settings.prefillIds(), prefill);
        Speed then = decode.isEmpty() ? null : Speed.of("tg" + settings.decodeIds(), settings.decodeIds(), decode);
        Roofline roofline = first == null || then == null ? null : LimitShares.roofline(prepared.shares(), first, then, limits);
        return new Cell(run, target, prepared.storedAs(), status, reason, prepared.devices(), prepared.placement(), parity, parityToStored,
                first, then, firstToken, memory, roofline, layers, caches == null ? KernelCaches.NONE : caches,
                flags, note);
    }
}
