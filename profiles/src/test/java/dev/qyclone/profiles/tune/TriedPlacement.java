package dev.qyclone.profiles.tune;

import java.util.ArrayList;
import java.util.List;

/**
 * One placement, added up from the definition: the oracle of the search.
 *
 * @param rank null where something in it is impossible
 */
record TriedPlacement(Assignment assignment, Rank rank, boolean fits) {
    /** The best of all placements that fit, null where none does. */
    static TriedPlacement bestOf(SearchTables tables) {
        int layers = tables.layers().size();
        int devices = tables.devices();
        TriedPlacement best = null;
        for (long code = 0; code < Math.round(Math.pow(devices, layers + 2)); code++) {
            List<Integer> chosen = new ArrayList<>();
            for (long rest = code; chosen.size() < layers + 2; rest /= devices) {
                chosen.add((int) (rest % devices));
            }
            TriedPlacement tried = of(tables, new Assignment(chosen.getFirst(), chosen.subList(1, layers + 1), chosen.getLast()));
            if (tried.rank != null && tried.fits && (best == null || tried.rank.compareTo(best.rank) < 0)) {
                best = tried;
            }
        }
        return best;
    }

    static TriedPlacement of(SearchTables tables, Assignment assignment) {
        int layers = tables.layers().size();
        MemoryTables memory = tables.memory();
        List<Long> costs = new ArrayList<>();
        int hops = 0;
        int places = assignment.embedding() + assignment.output() + assignment.layers().stream().mapToInt(Integer::intValue).sum();
        long[] taken = new long[memory.budgets().size()];
        costs.add(tables.embedding().get(assignment.embedding()));
        taken[memory.pools().get(assignment.embedding())] += memory.embedding().get(assignment.embedding());
        int last = assignment.embedding();
        boolean begun = false;
        for (int layer = 0; layer < layers; layer++) {
            int device = assignment.layers().get(layer);
            if (device != last || !begun) {
                costs.add(tables.stage().get(device));
                taken[memory.pools().get(device)] += memory.stage().get(device);
            }
            if (device != last) {
                costs.add((layer == 0 ? tables.enters() : tables.hops()).get(last).get(device));
                hops++;
            }
            costs.add(tables.layers().get(layer).get(device));
            taken[memory.pools().get(device)] += memory.layers().get(layer).get(device);
            last = device;
            begun = true;
        }
        int output = assignment.output();
        if (output != last) {
            costs.add(tables.hops().get(last).get(output));
            hops++;
        }
        costs.add(tables.output().get(output));
        costs.add(output == assignment.layers().getFirst() ? 0 : tables.again().get(output).get(assignment.layers().getFirst()));
        boolean tied = memory.pools().get(output).equals(memory.pools().get(assignment.embedding()));
        taken[memory.pools().get(output)] += (tied ? memory.tiedOutput() : memory.output()).get(output);
        boolean fits = true;
        for (int pool = 0; pool < taken.length; pool++) {
            fits &= taken[pool] <= memory.budgets().get(pool);
        }
        boolean possible = costs.stream().noneMatch(cost -> cost == SearchTables.IMPOSSIBLE);
        long cost = possible ? costs.stream().mapToLong(Long::longValue).sum() : 0;
        return new TriedPlacement(assignment, possible ? new Rank(cost, hops, places) : null, fits);
    }
}
