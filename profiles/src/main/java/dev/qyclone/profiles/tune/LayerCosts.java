package dev.qyclone.profiles.tune;

import java.util.List;

/**
 * The cost model: what each part of a model costs on each device, and a hop between two.
 *
 * @param kinds for each layer its kind
 * @param devices in the order of preference
 */
public record LayerCosts(List<Integer> kinds, List<DeviceTimes> devices, HopTime hop, Workload workload) {
    public LayerCosts {
        kinds = List.copyOf(kinds);
        devices = List.copyOf(devices);
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

    double hop(Metric metric) {
        return metric == Metric.DECODE ? hop.of(1, 1) : hop.of(workload.calls(), workload.prompt());
    }

    private StageTimes stage(Metric metric, int device) {
        DeviceTimes times = devices.get(device);
        return metric == Metric.DECODE ? times.decode() : times.prefill();
    }

    /** The costs of one of the devices. */
    LayerCosts only(int device) {
        return new LayerCosts(kinds, List.of(devices.get(device)), hop, workload);
    }

    /** Seconds that a placement takes, added up; stages run one after another, as they do for a single prompt within one call. */
    public double seconds(Metric metric, Assignment assignment) {
        double seconds = embedding(metric, assignment.embedding());
        for (int layer = 0; layer < kinds.size(); layer++) {
            int device = assignment.layers().get(layer);
            boolean hop = assignment.before(layer) != device;
            seconds += layer(metric, layer, device) + (hop ? hop(metric) : 0) + (hop || layer == 0 ? call(metric, device) : 0);
        }
        boolean hop = assignment.layers().getLast() != assignment.output();
        return seconds + output(metric, assignment.output()) + (hop ? hop(metric) : 0);
    }

    /** Tokens per second and seconds to the first token, as they should come out. */
    public Speeds speeds(Assignment assignment) {
        return Speeds.of(workload,
                seconds(Metric.DECODE, assignment), seconds(Metric.PREFILL, assignment), seconds(Metric.TTFT, assignment));
    }
}
