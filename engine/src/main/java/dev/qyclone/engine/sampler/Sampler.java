package dev.qyclone.engine.sampler;

/** Chooses the next token id. A sampler belongs to one session: it may keep a random state. */
public interface Sampler {
    /**
     * @param logits (vocab), finite; may be overwritten
     * @param history ids of prompt and output so far; {@code length} of them count
     * @return the id chosen
     */
    int sample(float[] logits, int[] history, int length);
}
