package dev.qyclone.bench.study.run;

import dev.qyclone.bench.study.DeviceLimits;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What devices can do at most, as far as it was measured: of each device once, of the host for each width of its vectors. It is read by
 * another thread when a study is ended.
 */
final class MeasuredLimits {
    /** A device of a cell that is open. */
    record Wanted(OpenCell cell, String device) {
        /** Of the vectors that the cell uses on the host; 0 for other devices. */
        private int vectorBits() {
            return CellWork.isHost(device) ? cell.prepared().vectorBits() : 0;
        }
    }

    private final boolean anyWidth;
    private final List<DeviceLimits> found = new ArrayList<>();

    /** @param anyWidth whether one width of the host is enough: percentages are of the best */
    MeasuredLimits(boolean anyWidth) {
        this.anyWidth = anyWidth;
    }

    /** The devices of these cells: those that a cell has for itself first, which have most memory left, and the widest vectors first. */
    static List<Wanted> of(List<OpenCell> open) {
        return open.stream().flatMap(cell -> cell.target.devices().stream().distinct().map(device -> new Wanted(cell, device)))
                .sorted(Comparator.comparing((Wanted wanted) -> wanted.cell.target.split())
                        .thenComparing(Comparator.comparingInt(Wanted::vectorBits).reversed())).toList();
    }

    synchronized boolean knows(Wanted wanted) {
        String device = CellWork.limitsOf(wanted.device);
        return found.stream().anyMatch(known -> known.device().equals(device) && (anyWidth || known.vectorBits() == wanted.vectorBits()));
    }

    synchronized void add(DeviceLimits limits) {
        found.add(limits);
    }

    synchronized List<DeviceLimits> all() {
        return List.copyOf(found);
    }
}
