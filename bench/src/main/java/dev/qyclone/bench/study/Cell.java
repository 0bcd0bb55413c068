package dev.qyclone.bench.study;

import java.util.List;

/**
 * A row of the study: one way to run the model, and everything that was found out about it. What was not measured is null.
 *
 * @param run label of the {@link RunFacts} that it belongs to
 * @param target what was asked for
 * @param storedAs the type that most of the weights really have, such as {@code Q8_0}
 * @param reason why it was not measured, or is wrong; an empty text where all is well
 * @param devices those that a part of the model ran on
 * @param placement the layers in words, such as {@code 0-3 cpu, 4-6 opencl:0:0; output opencl:0:0}
 * @param parity to the scalar reference on the same weights
 * @param parityToStored to the scalar reference on the weights of the file; null for cells with just those
 * @param layers each by itself
 * @param flags of the cell's own JVM that the study's JVM has not
 * @param note what else is to be said, such as why its layers were not timed; an empty text for nothing
 */
public record Cell(
        String run, CellTarget target, String storedAs, Status status, String reason, List<CellDevice> devices, String placement,
        Parity parity, Parity parityToStored, Speed prefill, Speed decode, FirstToken firstToken, Memory memory, Roofline roofline,
        List<LayerTime> layers, KernelCaches caches, String flags, String note) {
    public Cell {
        devices = List.copyOf(devices);
        layers = List.copyOf(layers);
        note = note == null ? "" : note; // files of earlier versions have none
        if (status == Status.MEASURED && (prefill == null || decode == null || !reason.isEmpty())) {
            throw new IllegalArgumentException("measured, and no figures: " + target);
        }
        if (status != Status.MEASURED && reason.isBlank()) {
            throw new IllegalArgumentException(status + " without a reason: " + target);
        }
    }

    /** A cell that came to nothing. */
    public static Cell without(String run, CellTarget target, String storedAs, Status status, String reason) {
        return new Cell(run, target, storedAs, status, reason, List.of(), "", null, null, null, null, null, null, null, List.of(),
                KernelCaches.NONE, "", "");
    }

    /** The same cell of a run with another label. */
    public Cell ofRun(String label) {
        return new Cell(label, target, storedAs, status, reason, devices, placement, parity, parityToStored, prefill, decode, firstToken,
                memory, roofline, layers, caches, flags, note);
    }

    /** Such as {@code cpu, 256-bit vectors, Q8_0}. */
    public String name() {
        return target.place() + ", " + storedAs;
    }
}
