package dev.qyclone.profiles.tune;

import java.util.List;

/**
 * The cost model: what each part of a model costs on each device, and a hop between two.
 *
 * @param kinds for each layer its kind
 * @param devices in the order of preference
 * @param pairs what changes between two of them cost besides the copying; a pair that is absent costs nothing
 */
public record LayerCosts(List<Integer> kinds, List<DeviceTimes> devices, HopTime hop, List<PairTime> pairs, Workload workload) {
    public LayerCosts {
        kinds = List.copyOf(kinds);
        devices = List.copyOf(devices);
        pairs = List.copyOf(pairs);
        if (kinds.isEmpty() || devices.isEmpty()) {
            throw new IllegalArgumentException("no layers or no devices");
        }
    }

    double layer(Metric metric, int layer, int device) {
        return stage(metric, device).layers().get(kinds.get(layer)).median();
    }

    double call(Metric metric, int device) {
        return stage(metric, device).call().median();
    }

    double embedding(Metric metric, int device) {
        return stage(metric, device).embedding().median();
    }

    double output(Metric metric, int device) {
        Timing output = devices.get(device).output();
        return metric == Metric.PREFILL && output.possible() ? 0 : output.median();
    }

    /** One device goes on with hidden states that another has computed. */
    double hop(Metric metric, int from, int to) {
        return enter(metric, from, to) + (metric == Metric.DECODE ? 1 : workload.calls()) * between(from, to);
    }

    /** The first layers get hidden states from the embedding. */
    double enter(Metric metric, int from, int to) {
        if (from == to) {
            return 0;
        }
        return metric == Metric.DECODE ? hop.of(1, 1) : hop.of(workload.calls(), workload.prompt());
    }

    /** The next token begins on a device after the output on another. */
    double again(Metric metric, int from, int to) {
        return metric == Metric.DECODE ? between(from, to) : 0;
    }

    private double between(int from, int to) {
        String one = devices.get(from).device();
        String other = devices.get(to).device();
        return pairs.stream().filter(pair -> pair.isOf(one, other)).mapToDouble(PairTime::perCall).findFirst().orElse(0);
    }

    private StageTimes stage(Metric metric, int device) {
        DeviceTimes times = devices.get(device);
        return metric == Metric.DECODE ? times.decode() : times.prefill();
    }

    /** The same with other times of the same devices. */
    LayerCosts on(List<DeviceTimes> times) {
        return new LayerCosts(kinds, times, hop, pairs, workload);
    }

    /** The costs of one of the devices. */
    LayerCosts only(int device) {
        return new LayerCosts(kinds, List.of(devices.get(device)), hop, List.of(), workload);
    }

    /** Seconds that a placement takes, added up; stages run one after another, as they do for a single prompt within one call. */
    public double seconds(Metric metric, Assignment assignment) {
        double seconds = embedding(metric, assignment.embedding());
        for (int layer = 0; layer < kinds.size(); layer++) {
            int device = assignment.layers().get(layer);
            int before = assignment.before(layer);
            seconds += layer(metric, layer, device) + (layer == 0 ? enter(metric, before, device) : hop(metric, before, device))
                    + (assignment.begins(layer) ? call(metric, device) : 0);
        }
        return seconds + hop(metric, assignment.layers().getLast(), assignment.output()) + output(metric, assignment.output())
                + again(metric, assignment.output(), assignment.layers().getFirst());
    }

    /** Tokens per second and seconds to the first token, as they should come out. */
    public Speeds speeds(Assignment assignment) {
        return Speeds.of(workload,
                seconds(Metric.DECODE, assignment), seconds(Metric.PREFILL, assignment), seconds(Metric.TTFT, assignment));
    }
}
