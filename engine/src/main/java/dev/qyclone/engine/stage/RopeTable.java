package dev.qyclone.engine.stage;

import dev.qyclone.engine.model.RopeScaling;
import java.util.Arrays;

/**
 * Cosines and sines of the rotary position embedding, (positions, headDim / 2) row by row. Pair i of a head is
 * (x[i], x[i + headDim/2]). Grows as a session does; safe for many threads.
 *
 * <p>Frequencies and angles are rounded to float as Hugging Face rounds them (modeling_rope_utils): inv_i = base^(-2i/headDim).
 */
public final class RopeTable {
    /** Tables that cover positions [0, positions). */
    public record Angles(int positions, float[] cos, float[] sin) {
    }

    private final float[] frequencies;
    private final float magnitude;
    private final String words;
    private volatile Angles angles = new Angles(0, new float[0], new float[0]);

    /**
     * @param frequencies (headDim / 2), radians per position
     * @param magnitude what cosines and sines are multiplied with
     */
    public RopeTable(float[] frequencies, double magnitude, String words) {
        this.frequencies = frequencies.clone();
        this.magnitude = (float) magnitude;
        this.words = words;
    }

    /** The plain table of RoFormer and of Qwen2. */
    public static RopeTable plain(double base, int headDim) {
        float[] frequencies = new float[headDim / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = 1f / (float) Math.pow(base, (float) (2 * i) / headDim);
        }
        return new RopeTable(frequencies, 1, "rotary base " + (long) base);
    }

    /** YaRN: fast frequencies stay, slow ones are divided by the factor, those between are blended (_compute_yarn_parameters). */
    public static RopeTable yarn(double base, int headDim, RopeScaling.Yarn yarn) {
        double low = Math.max(Math.floor(pairWithTurns(yarn.betaFast(), yarn.originalContext(), base, headDim)), 0);
        double high = Math.min(Math.ceil(pairWithTurns(yarn.betaSlow(), yarn.originalContext(), base, headDim)), headDim - 1);
        double width = high == low ? 0.001 : high - low;
        float[] frequencies = new float[headDim / 2];
        for (int i = 0; i < frequencies.length; i++) {
            float period = (float) Math.pow(base, (float) (2 * i) / headDim);
            float stretched = (float) Math.clamp((i - low) / width, 0, 1);
            frequencies[i] = 1 / ((float) yarn.factor() * period) * stretched + 1 / period * (1 - stretched);
        }
        return new RopeTable(frequencies, yarn.temperature(),
                "rotary base " + (long) base + ", YaRN " + yarn.factor() + " × " + yarn.originalContext());
    }

    /** The pair index, not rounded, whose frequency makes {@code turns} full turns over {@code length} positions. */
    private static double pairWithTurns(double turns, int length, double base, int headDim) {
        return headDim * Math.log(length / (turns * 2 * Math.PI)) / (2 * Math.log(base));
    }

    /** (headDim / 2), radians per position. */
    public float[] frequencies() {
        return frequencies.clone();
    }

    /** Half the width of a head: pairs per head. */
    public int pairs() {
        return frequencies.length;
    }

    /** Tables for at least {@code positions} positions. */
    public Angles covering(int positions) {
        Angles known = angles;
        return known.positions >= positions ? known : grow(positions);
    }

    private synchronized Angles grow(int positions) {
        Angles known = angles;
        if (known.positions >= positions) {
            return known;
        }
        int target = (int) Math.min(Integer.MAX_VALUE / pairs(), Math.max(positions, Math.max(512L, 2L * known.positions)));
        float[] cos = Arrays.copyOf(known.cos, target * pairs());
        float[] sin = Arrays.copyOf(known.sin, target * pairs());
        for (int position = known.positions; position < target; position++) {
            for (int i = 0; i < pairs(); i++) {
                float angle = position * frequencies[i];
                cos[position * pairs() + i] = magnitude * (float) Math.cos(angle);
                sin[position * pairs() + i] = magnitude * (float) Math.sin(angle);
            }
        }
        angles = new Angles(target, cos, sin);
        return angles;
    }

    public String words() {
        return words;
    }
}
