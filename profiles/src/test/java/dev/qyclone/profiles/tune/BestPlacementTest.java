package dev.qyclone.profiles.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** The cost model and its best placements, on invented figures. */
class BestPlacementTest {
    private static final double MS = 1e-3;
    private static final double ROUNDING = 1e-9;
    private static final HopTime FREE = new HopTime(0, 0);
    private static final Workload WORKLOAD = new Workload(100, 50);

    /** A device that decodes fast and prefills slowly, and its opposite. */
    private static final DeviceTimes DECODER = device("decoder", 1 * MS, 30 * MS);
    private static final DeviceTimes PREFILLER = device("prefiller", 2 * MS, 10 * MS);

    @Test
    void theGoalDecides() {
        assertEquals(0, layersOnSecond(Goal.DECODE));
        assertEquals(4, layersOnSecond(Goal.parse("prefill")));
        assertEquals(4, layersOnSecond(Goal.parse("ttft")));
        // A layer on the prefiller costs 1 of the 7.3 ms of the best decode and saves 20 of the 40.3 ms of prefill: 3.62 times more.
        assertEquals(4, layersOnSecond(Goal.parse("decode:3.4,prefill:1")));
        assertEquals(0, layersOnSecond(Goal.parse("decode:3.8,prefill:1")));
    }

    private static int layersOnSecond(Goal goal) {
        LayerCosts costs = new LayerCosts(Collections.nCopies(4, 0), List.of(DECODER, PREFILLER), FREE, List.of(), WORKLOAD);
        return Collections.frequency(
                BestPlacement.find(costs, MemoryTables.unlimited(4, 2), goal).orElseThrow().assignment().layers(), 1);
    }

    @Test
    void whatIsLostInTheNoiseIsNoReasonForAHop() {
        assertEquals(1, withOutputFasterBy(0.002).output(), "two tenths of a per cent");
        assertEquals(0, withOutputFasterBy(0.02).output(), "two per cent");
    }

    /** The output on device 0 saves a part of the time of all else, which is fastest on device 1. */
    private static Assignment withOutputFasterBy(double part) {
        Timing none = Timing.exactly(0);
        StageTimes slow = new StageTimes(none, List.of(Timing.exactly(2)), none);
        StageTimes fast = new StageTimes(none, List.of(Timing.exactly(1)), none);
        LayerCosts costs = new LayerCosts(List.of(0), List.of(new DeviceTimes("a", slow, slow, none, 1),
                new DeviceTimes("b", fast, fast, Timing.exactly(part), 1)), FREE, List.of(), WORKLOAD);
        return BestPlacement.find(costs, MemoryTables.unlimited(1, 2), Goal.DECODE).orElseThrow().assignment();
    }

    @Test
    void anOutputThatDoesNotFitGoesElsewhere() {
        StageTimes fast = new StageTimes(Timing.exactly(0), List.of(Timing.exactly(MS)), Timing.IMPOSSIBLE);
        LayerCosts costs = new LayerCosts(List.of(0, 0),
                List.of(new DeviceTimes("small", fast, fast, Timing.IMPOSSIBLE, 100), PREFILLER), FREE, List.of(), WORKLOAD);
        for (String goal : List.of("decode", "prefill", "ttft", "decode:0.5,prefill:0.5")) {
            Assignment best = BestPlacement.find(costs, MemoryTables.unlimited(2, 2), Goal.parse(goal)).orElseThrow().assignment();
            assertEquals(new Assignment(1, List.of(0, 0), 1), best, goal);
        }
    }

    @Test
    void predictionsAreTheSumOfTheParts() {
        LayerCosts costs = new LayerCosts(List.of(0, 0, 0, 0), List.of(DECODER, PREFILLER), new HopTime(0.5 * MS, 0.1 * MS),
                List.of(new PairTime(PREFILLER.device(), DECODER.device(), 0.7 * MS)), WORKLOAD);
        Speeds speeds = costs.speeds(new Assignment(0, List.of(0, 1, 1, 0), 1));
        // embedding 0.1, calls 3 × 0.2, layers 1 + 2 + 2 + 1, three hops of one row, output 3, and back to the first layer
        assertEquals(1 / ((0.1 + 0.6 + 6 + 3 * (0.6 + 0.7) + 3 + 0.7) * MS), speeds.decode(), ROUNDING);
        // three hops of 100 rows in two calls, the third to the output
        double prefill = 0.1 + 0.6 + 30 + 10 + 10 + 30 + 3 * (2 * 0.5 + 100 * 0.1 + 2 * 0.7);
        assertEquals(100 / (prefill * MS), speeds.prefill(), ROUNDING);
        assertEquals((prefill + 3) * MS, speeds.ttft(), ROUNDING);
    }

    @Test
    void aSplitStageIsOneCallMore() {
        LayerCosts costs = new LayerCosts(List.of(0, 0, 0, 0), List.of(DECODER), FREE, List.of(), WORKLOAD);
        double whole = costs.seconds(Metric.DECODE, new Assignment(0, List.of(0, 0, 0, 0), 0));
        double split = costs.seconds(Metric.DECODE, new Assignment(0, List.of(0, 0, 0, 0), 0, Set.of(2)));
        assertEquals(whole + 0.2 * MS, split, ROUNDING);
    }

    /** What the search adds up in whole numbers is what the prediction adds up in seconds. */
    @Property(tries = 300)
    void theSearchAndThePredictionAgree(@ForAll long seed) {
        Random random = new Random(seed);
        List<DeviceTimes> devices = List.of(device("a", random.nextDouble(), random.nextDouble()),
                device("b", random.nextDouble(), random.nextDouble()), device("c", random.nextDouble(), random.nextDouble()));
        int layers = 1 + random.nextInt(6);
        LayerCosts costs = new LayerCosts(Collections.nCopies(layers, 0), devices,
                new HopTime(random.nextDouble(), random.nextDouble() / 100),
                List.of(new PairTime("c", "a", random.nextDouble())), WORKLOAD);
        for (Metric metric : Metric.values()) {
            SearchTables tables = BestPlacement.tables(costs, MemoryTables.unlimited(layers, 3), Map.of(metric, 1.0));
            PlacementSearch.Found found = PlacementSearch.best(tables).orElseThrow();
            double seconds = costs.seconds(metric, found.assignment());
            assertEquals(seconds, found.cost() * 1e-12, ROUNDING);
            for (int device = 0; device < 3; device++) {
                Assignment alone = new Assignment(device, Collections.nCopies(layers, device), device);
                assertTrue(seconds <= costs.seconds(metric, alone) + ROUNDING);
            }
        }
    }

    /** Calls of 0.2 ms, embeddings of 0.1 ms, an output of 3 ms. */
    private static DeviceTimes device(String id, double decode, double prefill) {
        Timing call = Timing.exactly(0.2 * MS);
        Timing embedding = Timing.exactly(0.1 * MS);
        return new DeviceTimes(id, new StageTimes(call, List.of(Timing.exactly(decode)), embedding),
                new StageTimes(call, List.of(Timing.exactly(prefill)), embedding), Timing.exactly(3 * MS), 100);
    }
}
