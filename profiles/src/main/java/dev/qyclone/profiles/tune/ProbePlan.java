package dev.qyclone.profiles.tune;

import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.profiles.Machine;
import dev.qyclone.profiles.ModelNeeds;
import dev.qyclone.profiles.StageArrays;
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
     * How many layers a stage of several is to have: the host opens all for nothing, unless they would be read from the disk each time, and
     * elsewhere weights of one role of all of them lie in one array.
     *
     * @param options of the stages; their context is not 0
     */
    static int most(ModelNeeds needs, Device device, StageOptions options, long budget) {
        boolean all = Machine.isHost(device) && needs.mappedBytes() <= budget;
        return new StageArrays(needs, device, options).lastLayers(all ? needs.layers().size() : COPIED);
    }

    /**
     * What fits on a device: first a layer of each kind and a stage of two, then the output, the embedding, and more layers for the stage.
     *
     * @param most layers of the stage of several, as {@link #most} has them
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
        int several = Math.min(layers, most) >= 2 && take(several(memory, device, layers, 2), pool, left) ? 2 : 0;
        boolean output = take(memory.output().get(device), pool, left);
        boolean embedding = take(memory.embedding().get(device), pool, left);
        if (several > 0) {
            several = grown(several, most, memory, device, layers, left);
        }
        return Optional.of(new ProbePlan(singles, several == 0 ? 0 : layers - several, several, embedding, output));
    }

    /** What fits beside a run: as many layers in one stage as that has room for, and the output; empty where not even one layer has. */
    static Optional<ProbePlan> besideRun(LayerKinds kinds, MemoryTables memory, int device, int most, long[] left) {
        int pool = memory.pools().get(device);
        int layers = kinds.ofLayer().size();
        if (!take(several(memory, device, layers, 1), pool, left)) {
            return Optional.empty();
        }
        boolean output = take(memory.output().get(device), pool, left);
        int several = grown(1, most, memory, device, layers, left);
        return Optional.of(new ProbePlan(List.of(), layers - several, several, false, output));
    }

    /** Whether a pass drives out of the host's caches what the last one left there. */
    boolean fillsCaches(Model model) {
        return several == model.layers().size() || HostSweep.isAsLarge(
                model.layers().subList(firstOfSeveral, firstOfSeveral + several), output ? model.output().bytes() : 0);
    }

    /** How many layers a stage of the last {@code several} has with those that fit besides. */
    private static int grown(int several, int most, MemoryTables memory, int device, int layers, long[] left) {
        int grown = several;
        while (grown < Math.min(most, layers) && take(several(memory, device, layers, grown + 1) - several(memory, device, layers, grown),
                memory.pools().get(device), left)) {
            grown++;
        }
        return grown;
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
