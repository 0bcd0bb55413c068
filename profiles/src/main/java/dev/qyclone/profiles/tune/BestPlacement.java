package dev.qyclone.profiles.tune;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;
import java.util.function.ToDoubleBiFunction;
import java.util.function.ToDoubleFunction;

/**
 * The best placement for a goal, from what was measured.
 *
 * @param speeds predicted
 */
public record BestPlacement(Assignment assignment, Speeds speeds) {
    /** Costs are counted in this part of a second, or of the best placement's time. */
    private static final double UNIT = 1e-12;
    /** What a change of device must save, as a part of the best placement's time: less is lost in the noise of measuring. */
    private static final double HOP_MUST_SAVE = 0.005;

    /** Finds it; empty if no placement fits. */
    public static Optional<BestPlacement> find(LayerCosts costs, MemoryTables memory, Goal goal) {
        Map<Metric, Double> factors = new EnumMap<>(Metric.class);
        for (Map.Entry<Metric, Double> weight : goal.weights().entrySet()) {
            Optional<PlacementSearch.Found> alone = PlacementSearch.best(tables(costs, memory, Map.of(weight.getKey(), 1.0)));
            if (alone.isEmpty()) {
                return Optional.empty();
            }
            factors.put(weight.getKey(), weight.getValue() / Math.max(UNIT, alone.get().cost() * UNIT));
        }
        SearchTables tables = tables(costs, memory, factors);
        return PlacementSearch.best(tables)
                .flatMap(free -> PlacementSearch.best(tables.withHopsDearerBy(Math.round(free.cost() * HOP_MUST_SAVE))))
                .map(found -> new BestPlacement(found.assignment(), costs.speeds(found.assignment())));
    }

    /** The sum over the metrics of factor × seconds, for every part of a placement. */
    static SearchTables tables(LayerCosts costs, MemoryTables memory, Map<Metric, Double> factors) {
        int devices = costs.devices().size();
        List<List<Long>> layers = new ArrayList<>();
        for (int layer = 0; layer < costs.kinds().size(); layer++) {
            int at = layer;
            layers.add(forDevices(devices, device -> sum(factors, metric -> costs.layer(metric, at, device))));
        }
        return new SearchTables(layers,
                forDevices(devices, device -> sum(factors, metric -> costs.call(metric, device))),
                forPairs(devices, (from, to) -> sum(factors, metric -> costs.hop(metric, from, to))),
                forPairs(devices, (from, to) -> sum(factors, metric -> costs.enter(metric, from, to))),
                forPairs(devices, (from, to) -> sum(factors, metric -> costs.again(metric, from, to))),
                forDevices(devices, device -> sum(factors, metric -> costs.embedding(metric, device))),
                forDevices(devices, device -> sum(factors, metric -> costs.output(metric, device))), memory);
    }

    private static double sum(Map<Metric, Double> factors, ToDoubleFunction<Metric> seconds) {
        double sum = 0;
        for (Map.Entry<Metric, Double> factor : new EnumMap<>(factors).entrySet()) { // always in the same order
            sum += factor.getValue() * seconds.applyAsDouble(factor.getKey());
        }
        return sum;
    }

    private static List<Long> forDevices(int devices, IntToDoubleFunction cost) {
        List<Long> costs = new ArrayList<>();
        for (int device = 0; device < devices; device++) {
            costs.add(units(cost.applyAsDouble(device)));
        }
        return costs;
    }

    private static List<List<Long>> forPairs(int devices, ToDoubleBiFunction<Integer, Integer> cost) {
        List<List<Long>> rows = new ArrayList<>();
        for (int from = 0; from < devices; from++) {
            int before = from;
            rows.add(forDevices(devices, device -> cost.applyAsDouble(before, device)));
        }
        return rows;
    }

    private static long units(double cost) {
        return Double.isInfinite(cost) ? SearchTables.IMPOSSIBLE : Math.round(cost / UNIT);
    }
}
