package dev.qyclone.engine.sampler;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.GenerationDefaults;

/**
 * How the next token is chosen. Names, meanings and neutral values are those of Hugging Face's generate, and of OpenAI's
 * interface for the two penalties that generate does not have.
 *
 * @param temperature logits are divided by it; 0 takes the likeliest token (greedy), 1 leaves them
 * @param topK only the so many likeliest tokens, and those equal to the last of them; 0 for all
 * @param topP only the likeliest tokens that together reach this probability; 1 for all
 * @param minP only tokens at least this likely relative to the likeliest; 0 for all
 * @param repetitionPenalty divides positive and multiplies negative logits of ids in prompt or output; 1 for none
 * @param presencePenalty taken from logits of ids in the output; 0 for none
 * @param frequencyPenalty taken from logits of ids in the output once per occurrence; 0 for none
 * @param seed start of the random sequence: the same seed gives the same choices on every machine
 */
public record SamplerSettings(
        double temperature, int topK, double topP, double minP, double repetitionPenalty, double presencePenalty,
        double frequencyPenalty, long seed) {

    public SamplerSettings {
        require(temperature >= 0 && temperature < Double.POSITIVE_INFINITY, "temperature", "0 (greedy) or a positive number", temperature);
        require(topK >= 0, "top-k", "0 (all tokens) or a positive number", topK);
        require(topP >= 0 && topP <= 1, "top-p", "a number from 0 to 1", topP);
        require(minP >= 0 && minP <= 1, "min-p", "a number from 0 to 1", minP);
        require(repetitionPenalty >= 0.01 && repetitionPenalty <= 100, "repetition penalty", "a number from 0.01 to 100 (1 for none)",
                repetitionPenalty);
        require(Math.abs(presencePenalty) <= 2, "presence penalty", "a number from -2 to 2", presencePenalty);
        require(Math.abs(frequencyPenalty) <= 2, "frequency penalty", "a number from -2 to 2", frequencyPenalty);
    }

    /** The likeliest token, always. */
    public static SamplerSettings greedy() {
        return new SamplerSettings(0, 0, 1, 0, 1, 0, 0, 0);
    }

    /** The model's distribution as it is. */
    public static SamplerSettings plain(long seed) {
        return new SamplerSettings(1, 0, 1, 0, 1, 0, 0, seed);
    }

    /** As a model was published. */
    public static SamplerSettings of(GenerationDefaults defaults, long seed) {
        return new SamplerSettings(
                defaults.temperature(), defaults.topK(), defaults.topP(), defaults.minP(), defaults.repetitionPenalty(), 0, 0, seed);
    }

    public SamplerSettings withTemperature(double value) {
        return new SamplerSettings(value, topK, topP, minP, repetitionPenalty, presencePenalty, frequencyPenalty, seed);
    }

    public SamplerSettings withTopK(int value) {
        return new SamplerSettings(temperature, value, topP, minP, repetitionPenalty, presencePenalty, frequencyPenalty, seed);
    }

    public SamplerSettings withTopP(double value) {
        return new SamplerSettings(temperature, topK, value, minP, repetitionPenalty, presencePenalty, frequencyPenalty, seed);
    }

    public SamplerSettings withMinP(double value) {
        return new SamplerSettings(temperature, topK, topP, value, repetitionPenalty, presencePenalty, frequencyPenalty, seed);
    }

    public SamplerSettings withRepetitionPenalty(double value) {
        return new SamplerSettings(temperature, topK, topP, minP, value, presencePenalty, frequencyPenalty, seed);
    }

    public SamplerSettings withPresencePenalty(double value) {
        return new SamplerSettings(temperature, topK, topP, minP, repetitionPenalty, value, frequencyPenalty, seed);
    }

    public SamplerSettings withFrequencyPenalty(double value) {
        return new SamplerSettings(temperature, topK, topP, minP, repetitionPenalty, presencePenalty, value, seed);
    }

    public SamplerSettings withSeed(long value) {
        return new SamplerSettings(temperature, topK, topP, minP, repetitionPenalty, presencePenalty, frequencyPenalty, value);
    }

    private static void require(boolean condition, String option, String expected, Object got) {
        if (!condition) {
            throw new EngineException(ErrorCode.BAD_REQUEST, "the " + option + " is out of range").expected(expected).got(got);
        }
    }
}
