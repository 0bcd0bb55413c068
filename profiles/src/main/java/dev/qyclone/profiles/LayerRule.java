package dev.qyclone.profiles;

/**
 * One rule of a profile.
 *
 * @param options null where the next rule that contains a layer says: a flag moves layers and leaves their options
 * @param origin where the user finds it, such as {@code line 3 of half.yaml} or {@code --layers 0-11=cpu}
 */
public record LayerRule(LayerRange layers, Target target, LayerOptions options, String origin) {
    /** A rule that only says where. */
    public static LayerRule of(LayerRange layers, Target target, String origin) {
        return new LayerRule(layers, target, LayerOptions.NONE, origin);
    }
}
