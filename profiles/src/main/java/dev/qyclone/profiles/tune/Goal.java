package dev.qyclone.profiles.tune;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What the best placement is best at. In a mix each metric's seconds count relative to the fewest that any placement takes for that
 * metric alone, times its weight: {@code decode:0.7,prefill:0.3} gives up 7 % of prefill speed for 3 % of decode speed.
 *
 * @param weights positive; metrics that do not count are absent
 */
public record Goal(Map<Metric, Double> weights) {
    /** Where nothing is said: most time goes into writing. */
    public static final Goal DECODE = new Goal(Map.of(Metric.DECODE, 1.0));

    public Goal {
        if (weights.isEmpty() || weights.values().stream().anyMatch(weight -> !(weight > 0 && weight <= 1e6))) {
            throw new IllegalArgumentException("weights " + weights);
        }
        weights = Map.copyOf(weights);
    }

    /**
     * Reads {@code decode}, {@code prefill}, {@code ttft}, or a mix such as {@code decode:0.7,prefill:0.3}.
     *
     * @throws EngineException BAD_REQUEST
     */
    public static Goal parse(String words) {
        Map<Metric, Double> weights = new EnumMap<>(Metric.class);
        for (String part : words.split(",", -1)) {
            String[] nameAndWeight = part.strip().split(":", -1);
            Metric metric = metric(nameAndWeight[0], words);
            double weight = nameAndWeight.length == 1 ? 1 : nameAndWeight.length == 2 ? weight(nameAndWeight[1], words) : Double.NaN;
            if (!(weight > 0 && weight <= 1e6) || weights.put(metric, weight) != null) {
                throw wrong(words);
            }
        }
        return new Goal(weights);
    }

    private static Metric metric(String name, String words) {
        for (Metric metric : Metric.values()) {
            if (metric.word().equals(name.strip().toLowerCase(Locale.ROOT))) {
                return metric;
            }
        }
        throw wrong(words);
    }

    private static double weight(String number, String words) {
        try {
            return Double.parseDouble(number);
        } catch (NumberFormatException e) {
            throw wrong(words);
        }
    }

    private static EngineException wrong(String words) {
        return new EngineException(ErrorCode.BAD_REQUEST, "the goal is none")
                .expected("decode, prefill, ttft, or each at most once with a positive weight, such as decode:0.7,prefill:0.3").got(words);
    }

    /** As {@link #parse} reads it. */
    public String words() {
        if (weights.size() == 1) {
            return weights.keySet().iterator().next().word();
        }
        return new EnumMap<>(weights).entrySet().stream().map(entry -> entry.getKey().word() + ":" + entry.getValue())
                .collect(Collectors.joining(","));
    }
}
