package dev.qyclone.profiles.tune;

import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.profiles.Choice;
import dev.qyclone.profiles.LayerRange;
import dev.qyclone.profiles.LayerRule;
import dev.qyclone.profiles.Profile;
import dev.qyclone.profiles.Target;
import dev.qyclone.profiles.yaml.ProfileWriter;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** A tuned placement as a profile, with the figures that it rests on in comments. */
public final class TunedProfile {
    private static final String NAME = "tuned";

    private TunedProfile() {
    }

    /**
     * The placement as a profile.
     *
     * @param options of all stages
     * @param reserve bytes that stay free on each device
     */
    public static Profile of(Tuned tuned, StageOptions options, long reserve) {
        return of(tuned.best().assignment(), tuned.devices(), tuned.alone(), options, reserve);
    }

    static Profile of(Assignment assignment, List<Device> devices, Map<Device, Speeds> alone, StageOptions options, long reserve) {
        List<LayerRule> rules = new ArrayList<>();
        for (LayerRange.Layers range : ranges(assignment)) {
            rules.add(LayerRule.of(range, new Target.One(devices.get(assignment.layers().get(range.first())).id()), NAME));
        }
        Device embedding = devices.get(assignment.embedding());
        return new Profile(NAME, rules, new Choice(embedding.id(), NAME), new Choice(devices.get(assignment.output()).id(), NAME),
                fallback(alone, embedding).stream().map(Device::id).toList(), options.kvType(), reserve, options.context());
    }

    /** Neighbours on one device; plans split them into stages where they must. */
    private static List<LayerRange.Layers> ranges(Assignment assignment) {
        List<LayerRange.Layers> ranges = new ArrayList<>();
        for (int layer = 0; layer < assignment.layers().size(); layer++) {
            boolean more = layer > 0 && assignment.before(layer) == assignment.layers().get(layer);
            int first = more ? ranges.removeLast().first() : layer;
            ranges.add(new LayerRange.Layers(first, layer));
        }
        return ranges;
    }

    /**
     * The profile's text, YAML.
     *
     * @param model what it was tuned for, in words
     */
    public static String yaml(Tuned tuned, Profile profile, String model) {
        List<String> head = new ArrayList<>();
        head.add("Tuned for " + tuned.goal().words() + " on " + tuned.measured() + " with " + model + ".");
        head.addAll(figures(tuned));
        Assignment assignment = tuned.best().assignment();
        return ProfileWriter.toYaml(profile, head, ranges(assignment).stream().map(range -> "measured: "
                + ms(tuned.costs().layer(Metric.DECODE, range.first(), assignment.layers().get(range.first())))
                + " ms per layer and token").toList());
    }

    /** What the goal's best devices are, in case a stage must move: those that the whole model fits on, the fastest first. */
    private static List<Device> fallback(Map<Device, Speeds> alone, Device embedding) {
        List<Device> byDecode = alone.entrySet().stream()
                .sorted(Map.Entry.comparingByValue((a, b) -> Double.compare(b.decode(), a.decode()))).map(Map.Entry::getKey).toList();
        return byDecode.isEmpty() ? List.of(embedding) : byDecode;
    }

    private static List<String> figures(Tuned tuned) {
        Workload workload = tuned.costs().workload();
        List<String> lines = new ArrayList<>();
        lines.add("Medians and quartiles; one token behind a prompt of " + workload.prompt() + ", and that prompt in calls of at most "
                + workload.batch() + ":");
        for (DeviceTimes times : tuned.costs().devices()) {
            lines.add("  " + times.device() + (times.rows() < workload.prompt() ? " (measured with " + times.rows() + " tokens)" : ""));
            lines.add("    decode:  layer " + each(times.decode().layers()) + ", call " + ms(times.decode().call().median())
                    + " ms, embedding " + spread(times.decode().embedding()) + ", output " + spread(times.output()));
            lines.add("    prefill: layer " + each(times.prefill().layers()) + ", calls " + ms(times.prefill().call().median()) + " ms");
        }
        HopTime hop = tuned.costs().hop();
        lines.add("  a change of device: " + ms(hop.of(1, 1)) + " ms a token, "
                + ms(hop.of(workload.calls(), workload.prompt())) + " ms for the prompt");
        for (PairTime pair : tuned.costs().pairs()) {
            lines.add("    and between " + pair.one() + " and " + pair.other() + " " + ms(pair.perCall()) + " ms a call");
        }
        lines.add("Predicted: " + words(tuned.best().speeds()));
        tuned.alone().forEach((device, speeds) -> lines.add("  all on " + device.id() + ": " + words(speeds)));
        return lines;
    }

    private static String each(List<Timing> kinds) {
        return kinds.stream().map(TunedProfile::spread).collect(Collectors.joining(" | "));
    }

    private static String spread(Timing timing) {
        return timing.possible()
                ? ms(timing.median()) + " ms (" + ms(timing.low()) + " to " + ms(timing.high()) + ")"
                : "does not fit";
    }

    /** Milliseconds in four digits, such as {@code 0.9312}. */
    static String ms(double seconds) {
        return new BigDecimal(seconds * 1e3).round(new MathContext(4)).stripTrailingZeros().toPlainString();
    }

    /** Such as {@code decode 41.3 tokens/s, prefill 164 tokens/s, first token after 1.58 s}. */
    public static String words(Speeds speeds) {
        return String.format(Locale.ROOT, "decode %.4g tokens/s, prefill %.4g tokens/s, first token after %.3g s",
                speeds.decode(), speeds.prefill(), speeds.ttft());
    }
}
