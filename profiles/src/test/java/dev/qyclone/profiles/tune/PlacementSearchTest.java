package dev.qyclone.profiles.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** The search against trying every placement, and against placements that can be seen by eye. */
class PlacementSearchTest {
    private static final long MANY = 1_000_000;

    @Property(tries = 1500)
    void findsWhatTryingEveryPlacementFinds(@ForAll @IntRange(min = 1, max = 5) int layers, @ForAll @IntRange(min = 1, max = 3) int devices,
            @ForAll boolean tight, @ForAll boolean coarse, @ForAll long seed) {
        Random random = new Random(seed);
        SearchTables tables = tables(random, layers, devices, coarse ? 3 : 1000, tight);
        TriedPlacement best = TriedPlacement.bestOf(tables);
        Optional<PlacementSearch.Found> found = PlacementSearch.best(tables);
        assertEquals(best != null, found.isPresent());
        if (best != null) {
            TriedPlacement chosen = TriedPlacement.of(tables, found.get().assignment());
            assertTrue(chosen.fits(), () -> "too large: " + found.get().assignment());
            assertEquals(best.rank(), chosen.rank(), () -> best.assignment() + " is better than " + found.get().assignment());
            assertEquals(best.rank().cost(), found.get().cost());
        }
    }

    /** Costs of up to {@code dearest}: few different ones make many ties. */
    private static SearchTables tables(Random random, int layers, int devices, int dearest, boolean tight) {
        int pools = 1 + random.nextInt(devices);
        List<Integer> pool = random.ints(devices, 0, pools).boxed().toList();
        List<List<Long>> bytes = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            bytes.add(numbers(random, devices, 4));
        }
        MemoryTables limited = new MemoryTables(pool, numbers(random, pools, 4 * layers), bytes, numbers(random, devices, 2),
                numbers(random, devices, 3), numbers(random, devices, 3), Collections.nCopies(devices, 0L));
        List<List<Long>> costs = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            costs.add(someImpossible(random, numbers(random, devices, dearest)));
        }
        return new SearchTables(costs, numbers(random, devices, dearest), pairs(random, devices, dearest),
                pairs(random, devices, dearest), pairs(random, devices, dearest), numbers(random, devices, dearest),
                someImpossible(random, numbers(random, devices, dearest)), tight ? limited : MemoryTables.unlimited(layers, devices));
    }

    private static List<List<Long>> pairs(Random random, int devices, int most) {
        return Stream.generate(() -> numbers(random, devices, most)).limit(devices).toList();
    }

    private static List<Long> numbers(Random random, int count, int most) {
        return random.longs(count, 0, most + 1L).boxed().toList();
    }

    private static List<Long> someImpossible(Random random, List<Long> costs) {
        return costs.stream().map(cost -> random.nextInt(12) == 0 ? SearchTables.IMPOSSIBLE : cost).toList();
    }

    @Test
    void theFasterDeviceGetsEverything() {
        assertEquals(new Assignment(1, List.of(1, 1, 1), 1), best(toy(3, List.of(30L, 10L), 5, MemoryTables.unlimited(3, 2))));
    }

    @Test
    void equalDevicesKeepTogetherOnTheEarlier() {
        assertEquals(new Assignment(0, List.of(0, 0, 0), 0), best(toy(3, List.of(10L, 10L), 0, MemoryTables.unlimited(3, 2))));
    }

    @Test
    void aHopThatCostsMoreThanItSavesIsNotTaken() {
        List<List<Long>> costs = List.of(List.of(10L, 20L), List.of(10L, 1L), List.of(10L, 20L));
        List<Long> zeros = List.of(0L, 0L);
        assertEquals(List.of(0, 0, 0), best(with(costs, zeros, 5)).layers());
        assertEquals(List.of(0, 1, 0), best(with(costs, zeros, 4)).layers());
        assertEquals(List.of(0, 0, 0), best(with(costs, List.of(0L, 2L), 4)).layers(), "a stage's own cost is counted too");
    }

    /** 80 layers, a fast device with room for 30 and the embedding, a middling one for 20, a slow one without end. */
    @Test
    void fastDevicesAreFilledAndTheRestSpills() {
        int layers = 80;
        MemoryTables memory = new MemoryTables(List.of(0, 1, 2), List.of(30L, 20L, MANY), Collections.nCopies(layers, List.of(1L, 1L, 1L)),
                List.of(0L, 0L, 0L), List.of(MANY, MANY, 5L), List.of(MANY, MANY, 5L), List.of(0L, 0L, 0L));
        Assignment best = best(toy(layers, List.of(100L, 200L, 1000L), 7, memory));
        assertEquals(30, Collections.frequency(best.layers(), 0));
        assertEquals(20, Collections.frequency(best.layers(), 1));
        assertEquals(2, best.embedding());
        assertEquals(2, best.output());
        long runs = IntStream.range(0, layers).filter(layer -> layer == 0 || best.before(layer) != best.layers().get(layer))
                .count();
        assertEquals(3, runs, () -> best.layers().toString());
    }

    @Test
    void nothingIsFoundWhereNothingFits() {
        MemoryTables memory = new MemoryTables(List.of(0), List.of(2L), Collections.nCopies(3, List.of(1L)), List.of(0L), List.of(0L),
                List.of(0L), List.of(0L));
        assertTrue(PlacementSearch.best(toy(3, List.of(1L), 0, memory)).isEmpty());
    }

    @Test
    void devicesOfOnePoolShareItsMemory() {
        MemoryTables memory = new MemoryTables(List.of(0, 0, 1), List.of(2L, MANY), Collections.nCopies(4, List.of(1L, 1L, 1L)),
                List.of(0L, 0L, 0L), List.of(0L, 0L, 0L), List.of(0L, 0L, 0L), List.of(0L, 0L, 0L));
        Assignment best = best(toy(4, List.of(1L, 2L, 50L), 0, memory));
        assertEquals(2, Collections.frequency(best.layers(), 2), () -> best.layers().toString());
    }

    private static SearchTables toy(int layers, List<Long> perLayer, long hop, MemoryTables memory) {
        List<Long> zeros = Collections.nCopies(perLayer.size(), 0L);
        return new SearchTables(Collections.nCopies(layers, perLayer), zeros, sameHops(perLayer.size(), hop),
                sameHops(perLayer.size(), hop), sameHops(perLayer.size(), 0), zeros, zeros,
                memory);
    }

    private static SearchTables with(List<List<Long>> costs, List<Long> stage, long hop) {
        List<Long> zeros = List.of(0L, 0L);
        return new SearchTables(costs, stage, sameHops(2, hop), sameHops(2, hop), sameHops(2, 0),
                zeros, zeros, MemoryTables.unlimited(costs.size(), 2));
    }

    private static Assignment best(SearchTables tables) {
        return PlacementSearch.best(tables).orElseThrow().assignment();
    }

    private static List<List<Long>> sameHops(int devices, long cost) {
        return Collections.nCopies(devices, Collections.nCopies(devices, cost));
    }
}
