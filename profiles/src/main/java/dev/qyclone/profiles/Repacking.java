package dev.qyclone.profiles;

import dev.qyclone.engine.stage.Placement;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether the host keeps copies of weights for decode. They never move a layer: they take memory that a placement leaves over, or the
 * weights stay where the file is mapped.
 *
 * @param bytes of all copies; 0 where there are none
 * @param warning why there are none though decode would be faster; empty where nothing is to be said
 */
record Repacking(Placement placement, List<PlanRow> rows, List<DeviceTotal> totals, long bytes, String warning) {
    static Repacking of(Placer.Placed placed, ModelNeeds needs, PlanRequest request) {
        List<PlanRow> rows = new ArrayList<>();
        int run = 0;
        for (PlanRow row : placed.rows()) {
            long bytes = 0;
            if (row.part().equals(Placer.OUTPUT)) {
                bytes = needs.repackedOutput(row.device());
            } else if (!row.part().equals(Placer.EMBEDDING)) {
                bytes = bytes(placed.placement().runs().get(run++), needs);
            }
            rows.add(row.withRepacked(bytes));
        }
        long all = rows.stream().mapToLong(PlanRow::repacked).sum();
        if (all == 0) {
            return new Repacking(placed.placement(), placed.rows(), placed.totals(), 0, "");
        }
        long left = left(placed.totals());
        if (!request.repack() || all > left) {
            String warning = request.repack() ? "decode reads the weights as they are stored: copies that it reads faster would take "
                    + MemorySize.rounded(all) + ", " + MemorySize.rounded(Math.max(0, left)) + " are left" : "";
            return new Repacking(asStored(placed.placement()), placed.rows(), placed.totals(), 0, warning);
        }
        List<DeviceTotal> totals = placed.totals().stream().map(total -> total.plusCopied(rows.stream()
                .filter(row -> row.device().equals(total.device())).mapToLong(PlanRow::repacked).sum())).toList();
        return new Repacking(with(placed.placement(), rows), rows, DeviceTotal.sharing(totals), all, "");
    }

    private static long bytes(Placement.Run run, ModelNeeds needs) {
        long bytes = 0;
        for (int layer = run.firstLayer(); layer < run.firstLayer() + run.count(); layer++) {
            bytes += needs.repacked(layer, run.device());
        }
        return bytes;
    }

    /** Of the memory that the host's devices share with whatever computes in it: the reserve is kept once, however many they are. */
    private static long left(List<DeviceTotal> totals) {
        return totals.stream().filter(total -> Machine.isHost(total.device())).mapToLong(total -> total.free() - total.reserve()).min()
                .orElseThrow();
    }

    private static Placement asStored(Placement placement) {
        List<Placement.Run> runs = placement.runs().stream().map(run -> new Placement.Run(
                run.firstLayer(), run.count(), run.device(), run.options().withRepack(false), run.reason())).toList();
        return new Placement(placement.embedding(), runs, placement.output(), placement.outputOptions().withRepack(false));
    }

    /** The reasons say what the copies take. */
    private static Placement with(Placement placement, List<PlanRow> rows) {
        List<Placement.Run> runs = new ArrayList<>();
        for (Placement.Run run : placement.runs()) {
            // Behind the embedding's row.
            String reason = rows.get(1 + runs.size()).reason();
            runs.add(new Placement.Run(run.firstLayer(), run.count(), run.device(), run.options().withRepack(true), reason));
        }
        return new Placement(placement.embedding(), runs, placement.output(), placement.outputOptions().withRepack(true));
    }
}
