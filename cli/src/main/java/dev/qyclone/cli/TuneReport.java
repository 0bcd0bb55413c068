package dev.qyclone.cli;

import dev.qyclone.profiles.tune.PlacementRun;
import dev.qyclone.profiles.tune.Speeds;
import dev.qyclone.profiles.tune.Tuned;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What was predicted for each device alone and for placements, and what came of those that were run. */
final class TuneReport {
    private final List<String> lines = new ArrayList<>();

    TuneReport(Tuned tuned) {
        lines.add(row("", "decode tokens/s", "prefill tokens/s", "first token s"));
        tuned.alone().forEach((device, speeds) -> lines.add(row("all on " + device.id(), speeds)));
    }

    /**
     * A run beside its prediction, and both ratios: with the prediction as the profile has it, and with the same at the run's pace.
     *
     * @param predicted when its parts were measured
     */
    void ran(String placement, Speeds predicted, PlacementRun.Ran ran) {
        lines.add(row(placement + ", predicted", predicted));
        lines.add(row("  at the run's pace", ran.predicted()));
        lines.add(row(placement + ", measured", ran.measured()));
        lines.add(ratio("measured / as predicted", ran.measured().over(predicted)));
        lines.add(ratio("measured / at run's pace", ran.ratio()));
    }

    String text() {
        return String.join("\n", lines) + "\n";
    }

    private static String ratio(String name, Speeds ratio) {
        return row(name, two(ratio.decode()), two(ratio.prefill()), two(ratio.ttft()));
    }

    private static String two(double ratio) {
        return String.format(Locale.ROOT, "%.2f", ratio);
    }

    private static String row(String name, Speeds speeds) {
        return row(name, String.format(Locale.ROOT, "%.1f", speeds.decode()), String.format(Locale.ROOT, "%.1f", speeds.prefill()),
                String.format(Locale.ROOT, speeds.ttft() < 0.1 ? "%.4f" : "%.3f", speeds.ttft()));
    }

    private static String row(String name, String decode, String prefill, String first) {
        return String.format(Locale.ROOT, "%-24s %16s %17s %14s", name, decode, prefill, first).stripTrailing();
    }
}
