package dev.qyclone.bench.tokens;

import java.util.ArrayList;
import java.util.List;

/**
 * Where and with what a bench ran.
 *
 * @param commit of the checkout that was built, or {@code unknown}
 * @param cpu the processor's name, whatever device a row ran on: the host takes part in all
 * @param java vendor and version
 * @param flags of the JVM, in one line
 * @param os name, version and processor family
 * @param loadAverage of the last minute when the bench began, negative where the system tells none
 */
public record Machine(String commit, String cpu, String java, String flags, String os, double loadAverage) {
    /** How flags begin that the launcher gives by the dozen, so that modules see each other. */
    private static final List<String> LISTS = List.of("--add-exports", "--add-opens", "--add-reads");

    /** The flags, with the long lists of exports counted only. */
    public String flagsInShort() {
        List<String> shown = new ArrayList<>(List.of(flags.split(" ")));
        int all = shown.size();
        shown.removeIf(Machine::isListed);
        int listed = all - shown.size();
        return String.join(" ", shown) + (listed == 0 ? "" : " and " + listed + " exports, opens and reads");
    }

    /** True for a flag that says only which modules see which. */
    static boolean isListed(String flag) {
        return LISTS.stream().anyMatch(flag::startsWith);
    }
}
