package dev.qyclone.bench.study;

import java.util.List;

/**
 * What every cell is put through.
 *
 * @param prefillIds ids of the prefill test
 * @param decodeIds ids of the decode test
 * @param rounds how often each is timed; every round goes over all cells, each beginning one cell further on
 * @param warmUpSeconds each cell runs before that for so long, and once at least
 * @param cellSeconds a cell that has taken so long in its rounds gets no further ones
 * @param layerSeconds for timing layers one by one; what is not reached is taken from a layer of the same kind; with 0 devices whose stages
 *     take more than a second to open are left out
 * @param parityPrompts ids of each prompt whose logits are compared
 * @param paritySteps ids after each of them, chosen greedily by the reference
 * @param threads on the host
 */
public record StudySettings(
        int prefillIds, int decodeIds, int rounds, double warmUpSeconds, double cellSeconds, double layerSeconds,
        List<Integer> parityPrompts, int paritySteps, int threads) {
    public StudySettings {
        parityPrompts = List.copyOf(parityPrompts);
        boolean none = prefillIds < 1 || decodeIds < 1 || rounds < 1 || threads < 1 || paritySteps < 0 || parityPrompts.isEmpty();
        if (none || !(warmUpSeconds >= 0 && cellSeconds > 0 && layerSeconds >= 0)) {
            throw new IllegalArgumentException("nothing to measure: " + prefillIds + ", " + decodeIds + ", " + rounds + ", " + threads);
        }
    }

    /** How many cells open at once: with one round, a first look, two, as half of opening a device's cell is the work of one thread. */
    public int openedAtOnce() {
        return rounds == 1 ? 2 : 1;
    }

    /** Positions that the longest of it takes. */
    public int positions() {
        int longest = parityPrompts.stream().mapToInt(Integer::intValue).max().orElse(1) + paritySteps;
        return Math.max(longest, Math.max(prefillIds, decodeIds)) + 1;
    }
}
