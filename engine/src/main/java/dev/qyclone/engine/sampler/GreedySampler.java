package dev.qyclone.engine.sampler;

/** The likeliest token, the lowest id of equals; penalties, where set, count as in Hugging Face's greedy search. */
public final class GreedySampler implements Sampler {
    private final Penalties penalties;

    /** Without penalties. */
    public GreedySampler() {
        this(new Penalties(SamplerSettings.greedy()));
    }

    GreedySampler(Penalties penalties) {
        this.penalties = penalties;
    }

    @Override
    public int sample(float[] logits, int[] ids, int prompt, int length) {
        FiniteLogits.require(logits);
        penalties.apply(logits, ids, prompt, length);
        return argmax(logits);
    }

    @Override
    public boolean takesLargest() {
        return penalties.none();
    }

    /** The lowest index of the largest of {@code values}, which are finite and at least one. */
    public static int argmax(float[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            if (values[i] > values[best]) {
                best = i;
            }
        }
        return best;
    }
}
