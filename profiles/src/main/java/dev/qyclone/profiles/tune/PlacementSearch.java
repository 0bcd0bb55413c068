package dev.qyclone.profiles.tune;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;

/**
 * The best placement, exactly: dynamic programming over layers × devices, and over the memory taken where memory binds.
 *
 * <p>Backwards over the layers, the cheapest rest of the way is known for every device as if memory had no end (Viterbi). Forwards,
 * partial placements are taken up in the order of their cost plus that rest (A*): the rest is never dearer than the real one, so that the
 * first whole placement taken up is the best; what the next token costs is known at the end only, and is never negative. A partial
 * placement is dropped where another one, on the same device after the same layer and with the same first device and embedding, ranks no
 * worse and takes no more of any pool; what fits the dropped one's rest fits the other's. Where memory does not bind, only the best
 * placements are ever taken up. Where it does, the work grows with the number of different amounts of memory that neighbouring layers can
 * take: few, since a model's layers are of few kinds.
 */
public final class PlacementSearch {
    private static final int NONE = -1;

    private final SearchTables tables;
    private final int layers;
    private final int devices;
    /** [layer][device before it]: the best rank of all that follows without limits; null where there is none. */
    private final Rank[][] rest;

    private PlacementSearch(SearchTables tables) {
        this.tables = tables;
        this.layers = tables.layers().size();
        this.devices = tables.devices();
        this.rest = new Rank[layers + 1][devices];
    }

    /** The best placement that fits, by cost, then fewer hops, then earlier devices; empty if none fits. */
    public static Optional<Found> best(SearchTables tables) {
        return new PlacementSearch(tables).run();
    }

    /**
     * A placement and what it costs.
     *
     * @param cost in the unit of the tables
     */
    public record Found(Assignment assignment, long cost) {
    }

    /**
     * The first layers of a placement.
     *
     * @param device of the last of them, or of the embedding where there is none
     * @param first the device of the very first, or {@link #NONE}
     */
    private record Partial(int placed, int device, int first, int embedding, Rank rank, Rank whole, long[] taken, Partial before)
            implements Comparable<Partial> {
        @Override
        public int compareTo(Partial other) {
            int byRank = whole.compareTo(other.whole);
            return byRank != 0 ? byRank : Integer.compare(other.placed, placed); // the longer one is nearer to the end
        }
    }

    private record Place(int placed, int device, int first, int embedding) {
    }

    private Optional<Found> run() {
        fillRest();
        PriorityQueue<Partial> open = new PriorityQueue<>();
        for (int device = 0; device < devices; device++) {
            add(open, 0, device, NONE, device, rank(tables.embedding().get(device), false, device),
                    taken(new long[tables.memory().budgets().size()], device, tables.memory().embedding().get(device)), null);
        }
        Map<Place, List<long[]>> settled = new HashMap<>();
        while (!open.isEmpty()) {
            Partial partial = open.poll();
            if (partial.placed > layers) {
                return Optional.of(new Found(assignment(partial), partial.rank.cost()));
            }
            // Those of one place come in the order of their rank, so only what they take is to be compared.
            List<long[]> better = settled.computeIfAbsent(
                    new Place(partial.placed, partial.device, partial.first, partial.embedding), place -> new ArrayList<>());
            if (better.stream().noneMatch(taken -> noMore(taken, partial.taken))) {
                better.add(partial.taken);
                extend(open, partial);
            }
        }
        return Optional.empty();
    }

    private void fillRest() {
        for (int layer = layers; layer >= 0; layer--) {
            for (int before = 0; before < devices; before++) {
                for (int device = 0; device < devices; device++) {
                    Rank step = step(layer, before, device);
                    Rank after = layer == layers ? Rank.ZERO : rest[layer + 1][device];
                    if (step != null && after != null) {
                        rest[layer][before] = better(rest[layer][before], step.plus(after));
                    }
                }
            }
        }
    }

    private static Rank better(Rank known, Rank other) {
        return known == null || other.compareTo(known) < 0 ? other : known;
    }

    /** Rank of a layer, or of the output after the last layer; null where it cannot be. */
    private Rank step(int layer, int before, int device) {
        return rank(layer == layers ? tables.end(before, device) : tables.step(layer, before, device), before != device, device);
    }

    private static Rank rank(long cost, boolean hop, int device) {
        return cost == SearchTables.IMPOSSIBLE ? null : new Rank(cost, hop ? 1 : 0, device);
    }

    private void extend(PriorityQueue<Partial> open, Partial partial) {
        for (int device = 0; device < devices; device++) {
            Rank step = step(partial.placed, partial.device, device);
            if (step != null) {
                step = partial.placed == layers ? step.dearerBy(tables.next(device, partial.first)) : step;
                int first = partial.placed == 0 ? device : partial.first;
                long bytes = partial.placed == layers
                        ? tables.memory().output(partial.embedding, device)
                        : tables.stepBytes(partial.placed, partial.device, device);
                add(open, partial.placed + 1, device, first, partial.embedding, partial.rank.plus(step),
                        taken(partial.taken, device, bytes), partial);
            }
        }
    }

    /** Takes up a partial placement if it fits and can be completed. */
    private void add(PriorityQueue<Partial> open, int placed, int device, int first, int embedding, Rank rank, long[] taken,
            Partial before) {
        Rank after = placed > layers ? Rank.ZERO : rest[placed][device];
        if (rank != null && after != null && noMore(taken, tables.memory().budgets())) {
            open.add(new Partial(placed, device, first, embedding, rank, rank.plus(after), taken, before));
        }
    }

    private long[] taken(long[] before, int device, long bytes) {
        long[] taken = Arrays.copyOf(before, before.length);
        int pool = tables.memory().pools().get(device);
        taken[pool] = Math.addExact(taken[pool], bytes);
        return taken;
    }

    private static boolean noMore(long[] one, long[] other) {
        for (int i = 0; i < one.length; i++) {
            if (one[i] > other[i]) {
                return false;
            }
        }
        return true;
    }

    private static boolean noMore(long[] taken, List<Long> budgets) {
        for (int i = 0; i < taken.length; i++) {
            if (taken[i] > budgets.get(i)) {
                return false;
            }
        }
        return true;
    }

    private Assignment assignment(Partial whole) {
        Integer[] chosen = new Integer[layers];
        for (Partial partial = whole.before; partial.placed > 0; partial = partial.before) {
            chosen[partial.placed - 1] = partial.device;
        }
        return new Assignment(whole.embedding, List.of(chosen), whole.device);
    }
}
