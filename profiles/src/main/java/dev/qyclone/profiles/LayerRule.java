package dev.qyclone.profiles;

import java.util.stream.IntStream;

/**
 * One rule of a profile.
 *
 * @param options null where the next rule that contains a layer says: a flag moves layers and leaves their options
 * @param origin where the user finds it, such as {@code line 3 of half.yaml} or {@code --layers 0-11=cpu}
 */
public record LayerRule(LayerRange layers, Target target, LayerOptions options, String origin) {
    /** True if it is for some of so many layers, and not for whatever others leave. */
    boolean isForSome(int count) {
        return !(layers instanceof LayerRange.All) && IntStream.range(0, count).anyMatch(layer -> layers.contains(layer, count));
    }

    /** A rule that only says where. */
    public static LayerRule of(LayerRange layers, Target target, String origin) {
        return new LayerRule(layers, target, LayerOptions.NONE, origin);
    }
}
