package dev.qyclone.engine.sampler;

import java.util.SplittableRandom;

/**
 * Draws the next token in the order of Hugging Face's generate: repetition, presence and frequency penalties, temperature,
 * top-k, top-p, min-p, multinomial. (llama.cpp applies the temperature last: its top-p sees another distribution.)
 *
 * <p>The random sequence is SplitMix64 (Steele, Lea, Flood 2014), one 53-bit number per token, and everything between it and
 * the choice is plain double arithmetic in a fixed order, so that seed and logits alone decide.
 */
final class SamplerChain implements Sampler {
    private final SamplerSettings settings;
    private final Penalties penalties;
    private final Candidates candidates = new Candidates();
    private final SplittableRandom random;

    SamplerChain(SamplerSettings settings) {
        this.settings = settings;
        this.penalties = new Penalties(settings);
        this.random = new SplittableRandom(settings.seed());
    }

    @Override
    public int sample(float[] logits, int[] ids, int prompt, int length) {
        return distribution(logits, ids, prompt, length).draw(uniform());
    }

    /** What is drawn from: valid until the next call. */
    Candidates distribution(float[] logits, int[] ids, int prompt, int length) {
        FiniteLogits.require(logits);
        penalties.apply(logits, ids, prompt, length);
        // A positive temperature changes no order, so top-k may look at the logits before it and spare the rest the work.
        candidates.keepTopK(logits, settings.topK());
        candidates.weigh(settings.temperature());
        if (settings.topP() < 1) {
            candidates.keepTopP(settings.topP());
        }
        if (settings.minP() > 0) {
            candidates.keepMinP(settings.minP());
        }
        return candidates;
    }

    /** In [0, 1): the upper 53 bits, as {@code nextDouble} is specified, spelled out because every choice hangs on it. */
    private double uniform() {
        return (random.nextLong() >>> 11) * 0x1.0p-53;
    }
}
