package dev.qyclone.engine.sampler;

/**
 * Makes tokens that were there already less likely, in float arithmetic as Hugging Face does.
 *
 * <p>Repetition penalty ρ: the logit s of every id in prompt or output becomes s / ρ where s ≥ 0 and s · ρ where s &lt; 0, once
 * per id (Keskar et al. 2019, CTRL; transformers' RepetitionPenaltyLogitsProcessor).
 *
 * <p>Presence and frequency penalty: s − presence − count · frequency for every id in the output, where count is how often it
 * stands there (OpenAI's interface). The prompt is not counted, as in vLLM: a question may be answered in its own words.
 */
final class Penalties {
    private final float repetition;
    private final float presence;
    private final float frequency;
    private int[] counts = new int[0]; // (vocab), all 0 between calls

    Penalties(SamplerSettings settings) {
        this.repetition = (float) settings.repetitionPenalty();
        this.presence = (float) settings.presencePenalty();
        this.frequency = (float) settings.frequencyPenalty();
    }

    /** True if they change nothing. */
    boolean none() {
        return repetition == 1 && presence == 0 && frequency == 0;
    }

    /** Changes {@code logits} (vocab) in place. */
    void apply(float[] logits, int[] ids, int prompt, int length) {
        if (counts.length < logits.length) {
            counts = new int[logits.length];
        }
        if (repetition != 1) {
            repetition(logits, ids, length);
        }
        if (presence != 0 || frequency != 0) {
            presenceAndFrequency(logits, ids, prompt, length);
        }
    }

    private void repetition(float[] logits, int[] ids, int length) {
        count(ids, 0, length);
        for (int i = 0; i < length; i++) {
            int id = ids[i];
            if (counts[id] > 0) {
                logits[id] = logits[id] < 0 ? logits[id] * repetition : logits[id] / repetition;
                counts[id] = 0;
            }
        }
    }

    private void presenceAndFrequency(float[] logits, int[] ids, int prompt, int length) {
        count(ids, prompt, length);
        for (int i = prompt; i < length; i++) {
            int id = ids[i];
            if (counts[id] > 0) {
                logits[id] = logits[id] - counts[id] * frequency - presence;
                counts[id] = 0;
            }
        }
    }

    private void count(int[] ids, int from, int to) {
        for (int i = from; i < to; i++) {
            counts[ids[i]]++;
        }
    }
}
