package dev.qyclone.profiles.tune;

import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** A tuned placement as a profile, with the figures that it rests on in comments. */
public final class TunedProfile {
    private static final long MIB = 1L << 20;

    private TunedProfile() {
    }

    /**
     * The profile's text, YAML.
     *
     * @param name of the profile
     * @param model what it was tuned for, in words
     * @param options of all stages
     * @param reserve bytes that stay free on each device
     */
    public static String yaml(Tuned tuned, String name, String model, StageOptions options, long reserve) {
        Placement placement = tuned.placement();
        List<String> lines = new ArrayList<>();
        lines.add("# Tuned for " + tuned.goal().words() + " on " + tuned.measured() + " with " + model + ".");
        lines.addAll(figures(tuned));
        lines.add("name: " + quoted(name));
        lines.add("layers:");
        for (Placement.Run run : placement.runs()) {
            int last = run.firstLayer() + run.count() - 1;
            String range = run.count() == 1 ? Integer.toString(last) : run.firstLayer() + "-" + last;
            lines.add("  - " + range + ": " + run.device().id() + "   # " + run.reason());
        }
        lines.add("embedding: " + placement.embedding().id());
        lines.add("output: " + placement.output().id());
        lines.add("fallback: [" + fallback(tuned).stream().map(Device::id).collect(Collectors.joining(", ")) + "]");
        lines.add("kv: " + options.kvType().name().toLowerCase(Locale.ROOT));
        lines.add("reserve: " + reserve / MIB + " MiB");
        lines.add("context: " + options.context());
        return String.join("\n", lines) + "\n";
    }

    /** What the goal's best devices are, in case a stage must move: those that the whole model fits on, the fastest first. */
    private static List<Device> fallback(Tuned tuned) {
        List<Device> byDecode = tuned.alone().entrySet().stream()
                .sorted(Map.Entry.comparingByValue((a, b) -> Double.compare(b.decode(), a.decode()))).map(Map.Entry::getKey).toList();
        return byDecode.isEmpty() ? List.of(tuned.placement().embedding()) : byDecode;
    }

    private static List<String> figures(Tuned tuned) {
        Workload workload = tuned.costs().workload();
        List<String> lines = new ArrayList<>();
        lines.add("# Medians and quartiles; one token behind a prompt of " + workload.prompt() + ", and that prompt in calls of at most "
                + workload.batch() + ":");
        for (DeviceTimes times : tuned.costs().devices()) {
            lines.add("#   " + times.device() + (times.rows() < workload.prompt() ? " (measured with " + times.rows() + " tokens)" : ""));
            lines.add("#     decode:  layer " + each(times.decode().layers()) + ", call " + ms(times.decode().call().median())
                    + " ms, embedding " + spread(times.decode().embedding()) + ", output " + spread(times.output()));
            lines.add("#     prefill: layer " + each(times.prefill().layers()) + ", calls " + ms(times.prefill().call().median()) + " ms");
        }
        HopTime hop = tuned.costs().hop();
        lines.add("#   a change of device: " + ms(hop.of(1, 1)) + " ms a token, "
                + ms(hop.of(workload.calls(), workload.prompt())) + " ms for the prompt");
        lines.add("# Predicted: " + words(tuned.best().speeds()));
        tuned.alone().forEach((device, speeds) -> lines.add("#   all on " + device.id() + ": " + words(speeds)));
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

    private static String ms(double seconds) {
        return String.format(Locale.ROOT, "%.4g", seconds * 1e3);
    }

    /** Such as {@code decode 41.3 tokens/s, prefill 164 tokens/s, first token after 1.58 s}. */
    public static String words(Speeds speeds) {
        return String.format(Locale.ROOT, "decode %.4g tokens/s, prefill %.4g tokens/s, first token after %.3g s",
                speeds.decode(), speeds.prefill(), speeds.ttft());
    }

    private static String quoted(String name) {
        return "\"" + name.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}
