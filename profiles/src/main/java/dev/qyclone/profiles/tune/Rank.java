package dev.qyclone.profiles.tune;

import java.util.Comparator;

/**
 * How good a placement is, smaller is better: its cost, then how often hidden states change devices, then how early its devices
 * stand in the list. Whole numbers, so that sums do not depend on their order and a tie is a tie.
 *
 * @param cost in the unit of the {@link SearchTables}
 * @param hops changes of device, those from the embedding and to the output included
 * @param places sum over embedding, layers and output of the device's place in the list
 */
record Rank(long cost, int hops, int places) implements Comparable<Rank> {
    static final Rank ZERO = new Rank(0, 0, 0);

    private static final Comparator<Rank> ORDER =
            Comparator.comparingLong(Rank::cost).thenComparingInt(Rank::hops).thenComparingInt(Rank::places);

    Rank plus(Rank other) {
        return new Rank(Math.addExact(cost, other.cost), hops + other.hops, places + other.places);
    }

    Rank dearerBy(long more) {
        return new Rank(Math.addExact(cost, more), hops, places);
    }

    @Override
    public int compareTo(Rank other) {
        return ORDER.compare(this, other);
    }
}
