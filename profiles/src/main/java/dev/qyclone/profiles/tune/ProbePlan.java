package dev.qyclone.profiles.tune;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What is opened on a device to measure it, so that it fits.
 *
 * @param singles for each kind a layer that is measured by itself
 * @param firstOfSeveral where the stage of several layers begins
 * @param several how many layers it has; 0 where no two fit beside the rest
 */
record ProbePlan(List<Integer> singles, int firstOfSeveral, int several, boolean embedding, boolean output) {
    /** Layers of a stage of several: enough to tell its call from its layers where opening all would copy all weights. */
    static final int COPIED = 8;

    /**
     * What fits on a device: first a layer of each kind and a stage of two, then the output, the embedding, and more layers for the stage.
     *
     * @param most layers of the stage of several
     * @param left for each pool the bytes that are left; what the plan takes is taken off
     * @return empty where not even a layer of each kind fits; nothing is taken then
     */
    static Optional<ProbePlan> of(LayerKinds kinds, MemoryTables memory, int device, int most, long[] left) {
        int pool = memory.pools().get(device);
        List<Integer> singles = IntStream.range(0, kinds.count()).mapToObj(kinds::first).toList();
        long needed = singles.stream().mapToLong(layer -> memory.layers().get(layer).get(device) + memory.stage().get(device)).sum();
        if (!take(needed, pool, left)) {
            return Optional.empty();
        }
        int layers = kinds.ofLayer().size();
        int several = layers >= 2 && take(several(memory, device, layers, 2), pool, left) ? 2 : 0;
        boolean output = take(memory.output().get(device), pool, left);
        boolean embedding = take(memory.embedding().get(device), pool, left);
        while (several > 0 && several < Math.min(most, layers)
                && take(several(memory, device, layers, several + 1) - several(memory, device, layers, several), pool, left)) {
            several++;
        }
        return Optional.of(new ProbePlan(singles, several == 0 ? 0 : layers - several, several, embedding, output));
    }

    /** Bytes of a stage of the last {@code several} layers. */
    private static long several(MemoryTables memory, int device, int layers, int several) {
        return memory.stage().get(device)
                + IntStream.range(layers - several, layers).mapToLong(layer -> memory.layers().get(layer).get(device)).sum();
    }

    private static boolean take(long bytes, int pool, long[] left) {
        if (bytes > left[pool]) {
            return false;
        }
        left[pool] -= bytes;
        return true;
    }
}
