package dev.qyclone.engine.generation;

/**
 * What a session that began took over from kept prefixes.
 *
 * @param tokens leading ids whose keys and values were copied instead of computed
 * @param reason why it was not more, in words; empty where nothing kept had more in common
 */
public record PrefixReuse(int tokens, String reason) {
    static final PrefixReuse NOTHING = new PrefixReuse(0, "");
}
