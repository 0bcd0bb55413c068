package dev.qyclone.profiles.tune;

import java.util.Collections;
import java.util.List;

/**
 * What everything costs on every device, in whole numbers of any one unit (the tuner counts picoseconds). {@link #IMPOSSIBLE} marks
 * what cannot be.
 *
 * @param layers for each layer and device
 * @param stage for each device: what every stage there costs besides its layers
 * @param hops for each pair of devices, from and to: what passing hidden states on costs; not asked for a device and itself
 * @param embedding for each device
 * @param output for each device
 */
public record SearchTables(
        List<List<Long>> layers, List<Long> stage, List<List<Long>> hops, List<Long> embedding, List<Long> output, MemoryTables memory) {
    /** A cost that no placement may have. */
    public static final long IMPOSSIBLE = Long.MAX_VALUE;

    public SearchTables {
        layers = layers.stream().map(List::copyOf).toList();
        stage = List.copyOf(stage);
        hops = hops.stream().map(List::copyOf).toList();
        embedding = List.copyOf(embedding);
        output = List.copyOf(output);
        if (layers.isEmpty() || stage.isEmpty()) {
            throw new IllegalArgumentException("no layers or no devices");
        }
    }

    int devices() {
        return stage.size();
    }

    /** Cost of one more layer on {@code device} after {@code before}; {@link #IMPOSSIBLE} for none. */
    long step(int layer, int before, int device) {
        boolean hop = before != device;
        return sum(layers.get(layer).get(device), opens(layer, before, device) ? stage.get(device) : 0,
                hop ? hops.get(before).get(device) : 0);
    }

    /** Cost of the output on {@code device} after {@code before}. */
    long end(int before, int device) {
        return sum(output.get(device), before != device ? hops.get(before).get(device) : 0);
    }

    /** Bytes of one more layer on {@code device} after {@code before}. */
    long stepBytes(int layer, int before, int device) {
        return memory.layers().get(layer).get(device) + (opens(layer, before, device) ? memory.stage().get(device) : 0);
    }

    private static boolean opens(int layer, int before, int device) {
        return layer == 0 || before != device;
    }

    private static long sum(long... costs) {
        long sum = 0;
        for (long cost : costs) {
            if (cost == IMPOSSIBLE) {
                return IMPOSSIBLE;
            }
            sum = Math.addExact(sum, cost);
        }
        return sum;
    }

    /** The same costs with all the memory that is wanted. */
    SearchTables withoutLimits() {
        return new SearchTables(layers, stage, hops, embedding, output, MemoryTables.unlimited(layers.size(), devices()));
    }

    /** The same with {@code more} on every hop: what a change of device must gain at least. */
    SearchTables withHopsDearerBy(long more) {
        List<List<Long>> dearer = hops.stream().map(row -> row.stream().map(cost -> sum(cost, more)).toList()).toList();
        return new SearchTables(layers, stage, dearer, embedding, output, memory);
    }

    /** For each pair of devices the same cost. */
    static List<List<Long>> sameHops(int devices, long cost) {
        return Collections.nCopies(devices, Collections.nCopies(devices, cost));
    }
}
