package dev.qyclone.bench.tokens;

import java.util.Locale;
import java.util.stream.DoubleStream;

/**
 * A cell of two runs: how many times as fast the new one is, with the interval that holds the true ratio of (geometric) means with
 * 95 % confidence: Welch's t interval for the difference of the mean logarithms.
 *
 * <p>The rule: a cell is slower if the whole interval lies below 1 <em>and</em> the ratio is below 1 minus the noise, which is what two
 * runs of the same program differ by on a machine at rest. The first condition alone would call a difference of half a percent slower
 * where the samples of each run happen to lie close together; the second alone would believe samples that scatter. Faster is the
 * mirror image. A run with a single sample on either side says nothing.
 *
 * @param name the cell in words
 * @param ratio new over old, 1 where nothing can be said
 */
public record Comparison(String name, double oldPerSecond, double newPerSecond, double ratio, double low, double high, Verdict verdict) {
    /** What two runs of the same program may differ by, where the user says nothing. */
    public static final double DEFAULT_NOISE = 0.05;

    /** What a ratio means. */
    public enum Verdict {
        SLOWER("slower"),
        SAME("no difference beyond the noise"),
        FASTER("faster"),
        TOO_FEW_SAMPLES("too few samples: repeat with -r 3 or more"),
        FAILED("failed in one of the runs");

        private final String words;

        Verdict(String words) {
            this.words = words;
        }

        public String words() {
            return words;
        }
    }

    /** The 0.975 quantile of Student's t for 1 to 30 degrees of freedom, as printed in every table of it. */
    private static final double[] T = {
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
        2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042};

    /**
     * @param before tokens per second of each repetition; empty where the cell failed
     * @param after the same of the new run
     * @param noise such as 0.05
     */
    public static Comparison of(String name, double[] before, double[] after, double noise) {
        if (before.length == 0 || after.length == 0) {
            return new Comparison(name, mean(before), mean(after), Double.NaN, Double.NaN, Double.NaN, Verdict.FAILED);
        }
        double[] old = logarithms(before);
        double[] now = logarithms(after);
        double difference = Samples.mean(now) - Samples.mean(old);
        double ratio = Math.exp(difference);
        if (before.length < 2 || after.length < 2) {
            return new Comparison(name, mean(before), mean(after), ratio, Double.NaN, Double.NaN, Verdict.TOO_FEW_SAMPLES);
        }
        double a = Samples.variance(old) / old.length;
        double b = Samples.variance(now) / now.length;
        double half = a + b == 0 ? 0 : quantile(degrees(a, old.length, b, now.length)) * Math.sqrt(a + b);
        double low = Math.exp(difference - half);
        double high = Math.exp(difference + half);
        Verdict verdict = Verdict.SAME;
        if (high < 1 && ratio < 1 - noise) {
            verdict = Verdict.SLOWER;
        } else if (low > 1 && ratio > 1 / (1 - noise)) {
            verdict = Verdict.FASTER;
        }
        return new Comparison(name, mean(before), mean(after), ratio, low, high, verdict);
    }

    private static double mean(double[] values) {
        return values.length == 0 ? Double.NaN : Samples.mean(values);
    }

    private static double[] logarithms(double[] values) {
        return DoubleStream.of(values).map(Math::log).toArray();
    }

    /** Welch and Satterthwaite. */
    private static double degrees(double a, int before, double b, int after) {
        return (a + b) * (a + b) / (a * a / (before - 1) + b * b / (after - 1));
    }

    /** Degrees are rounded down, which makes the interval a little wider than it need be. */
    static double quantile(double degrees) {
        int whole = Math.max(1, (int) degrees);
        return whole <= T.length ? T[whole - 1] : T[T.length - 1];
    }

    /** Such as {@code pp512 on cpu: 0.93 (0.91 to 0.95), 401.2 -> 373.1 t/s: slower}. */
    public String line() {
        String interval = Double.isNaN(low) ? "" : String.format(Locale.ROOT, " (%.3f to %.3f)", low, high);
        String ratioWords = Double.isNaN(ratio) ? "" : String.format(Locale.ROOT, "%.3f%s, ", ratio, interval);
        return name + ": " + ratioWords + String.format(Locale.ROOT, "%.2f -> %.2f t/s: ", oldPerSecond, newPerSecond) + verdict.words();
    }
}
