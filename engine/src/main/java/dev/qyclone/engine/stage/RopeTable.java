package dev.qyclone.engine.stage;

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
    private final String words;
    private volatile Angles angles = new Angles(0, new float[0], new float[0]);

    /** @param frequencies (headDim / 2), radians per position */
    public RopeTable(float[] frequencies, String words) {
        this.frequencies = frequencies.clone();
        this.words = words;
    }

    /** The plain table of RoFormer and of Qwen2. */
    public static RopeTable plain(double base, int headDim) {
        float[] frequencies = new float[headDim / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = 1f / (float) Math.pow(base, (float) (2 * i) / headDim);
        }
        return new RopeTable(frequencies, "rotary base " + (long) base);
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
                cos[position * pairs() + i] = (float) Math.cos(angle);
                sin[position * pairs() + i] = (float) Math.sin(angle);
            }
        }
        angles = new Angles(target, cos, sin);
        return angles;
    }

    public String words() {
        return words;
    }
}
