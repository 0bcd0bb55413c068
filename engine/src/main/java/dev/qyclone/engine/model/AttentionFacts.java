package dev.qyclone.engine.model;

import java.util.List;

/**
 * What a model's files say, or leave open, about attention: what it takes to want something else than they ask for.
 *
 * @param silent true if the files have no place for dynamic NTK and LogN, so that {@link ModelConfig} assumes them
 * @param trainedLength S of dynamic NTK and LogN, also where both are off; 0 where the files do not say
 * @param currentWindows of each layer by {@link WindowRule#CURRENT}; empty where the files ask for no sliding window
 * @param legacyWindows by {@link WindowRule#LEGACY}
 */
public record AttentionFacts(boolean silent, int trainedLength, List<Integer> currentWindows, List<Integer> legacyWindows) {
    public AttentionFacts {
        currentWindows = List.copyOf(currentWindows);
        legacyWindows = List.copyOf(legacyWindows);
    }

    /** Of an opened model. */
    public static AttentionFacts of(Model model) {
        boolean first = model.config().architecture() == Architecture.QWEN;
        return switch (model.source()) {
            case ModelSource.Gguf gguf ->
                    new AttentionFacts(first, first ? GgufConfig.trainedLength(gguf.file()) : 0, List.of(), List.of());
            case ModelSource.Folder folder -> {
                HfConfig config = new HfConfig(folder.path(), folder.config());
                yield first
                        ? new AttentionFacts(false, config.trainedLength(), List.of(), List.of())
                        : new AttentionFacts(false, 0, config.windows(WindowRule.CURRENT), config.windows(WindowRule.LEGACY));
            }
        };
    }

    /** The windows by one of the rules. */
    public List<Integer> windows(WindowRule rule) {
        return switch (rule) {
            case CURRENT -> currentWindows;
            case LEGACY -> legacyWindows;
        };
    }
}
