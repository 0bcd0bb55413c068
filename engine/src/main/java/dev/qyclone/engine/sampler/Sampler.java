package dev.qyclone.engine.sampler;

/** Chooses the next token id. A sampler belongs to one session: it may keep a random state. */
public interface Sampler {
    /**
     * Chooses the next id.
     *
     * @param logits (vocab); may be overwritten
     * @param ids ids of prompt and output so far, {@code length} of them count
     * @param prompt how many of them, at the front, are the prompt
     * @return the id chosen
     * @throws dev.qyclone.engine.error.EngineException NON_FINITE if a logit is NaN or infinite
     */
    int sample(float[] logits, int[] ids, int prompt, int length);

    /** True if it always takes the largest logit, the lowest id of equals: a device can find that one by itself. */
    default boolean takesLargest() {
        return false;
    }

    /** The sampler that the settings describe: greedy where the temperature is 0, random otherwise. */
    static Sampler of(SamplerSettings settings) {
        return settings.temperature() == 0 ? new GreedySampler(new Penalties(settings)) : new SamplerChain(settings);
    }
}
