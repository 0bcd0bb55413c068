package dev.qyclone.cli;

import dev.qyclone.engine.sampler.SamplerSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** How the next token is chosen, and when the text ends. What is not said is as the model's generation_config has it. */
final class SamplingOptions {
    static final String HEADING = "%nHow it writes:%n";

    @Option(names = {"-n", "--max-tokens"}, paramLabel = "N",
            description = "Tokens to write at most. Default: 256 for run, no limit for chat")
    private Integer maxTokens;

    @Option(names = "--stop", paramLabel = "TEXT", description = "End before this text; may be given several times.")
    private List<String> stops = new ArrayList<>();

    @Option(names = "--greedy", description = "Always take the likeliest token; the same as --temperature 0.")
    private boolean greedy;

    @Option(names = "--seed", paramLabel = "N", description = "The same seed gives the same text. Default: another each time")
    private Long seed;

    @Option(names = "--temperature", paramLabel = "T", description = "Below 1 tamer, above 1 wilder, 0 greedy.")
    private Double temperature;

    @Option(names = "--top-k", paramLabel = "K", description = "Choose among the K likeliest tokens; 0 for all.")
    private Integer topK;

    @Option(names = "--top-p", paramLabel = "P", description = "Choose among the likeliest that together reach P; 1 for all.")
    private Double topP;

    @Option(names = "--min-p", paramLabel = "P", description = "Drop tokens less likely than P times the likeliest; 0 for none.")
    private Double minP;

    @Option(names = "--repetition-penalty", paramLabel = "X", description = "Divide logits of tokens seen before; 1 for none.")
    private Double repetitionPenalty;

    @Option(names = "--presence-penalty", paramLabel = "X", description = "Subtract from tokens written before; 0 for none.")
    private Double presencePenalty;

    @Option(names = "--frequency-penalty", paramLabel = "X", description = "Subtract for each time it was written; 0 for none.")
    private Double frequencyPenalty;

    /** Tokens to write at most. */
    int maxTokens(int otherwise, CommandSpec spec) {
        return maxTokens == null ? otherwise : Checks.atLeast(0, maxTokens, "-n", spec);
    }

    List<String> stops() {
        return List.copyOf(stops);
    }

    /** What was asked for, over a model's own defaults. */
    SamplerSettings over(SamplerSettings defaults) {
        SamplerSettings settings = defaults.withSeed(seed == null ? ThreadLocalRandom.current().nextLong() : seed);
        settings = topK == null ? settings : settings.withTopK(topK);
        settings = topP == null ? settings : settings.withTopP(topP);
        settings = minP == null ? settings : settings.withMinP(minP);
        settings = repetitionPenalty == null ? settings : settings.withRepetitionPenalty(repetitionPenalty);
        settings = presencePenalty == null ? settings : settings.withPresencePenalty(presencePenalty);
        settings = frequencyPenalty == null ? settings : settings.withFrequencyPenalty(frequencyPenalty);
        if (greedy) {
            return settings.withTemperature(0);
        }
        if (temperature != null) {
            return settings.withTemperature(temperature);
        }
        // Who speaks of chance wants it, also from a model that is greedy by itself.
        boolean chance = topK != null || topP != null || minP != null || seed != null;
        return chance && settings.temperature() == 0 ? settings.withTemperature(1) : settings;
    }
}
