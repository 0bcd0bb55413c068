package dev.qyclone.profiles.tune;

import java.util.Collections;
import java.util.List;

/**
 * What everything costs on every device, in whole numbers of any one unit (the tuner counts picoseconds). {@link #IMPOSSIBLE} marks
 * what cannot be.
 *
 * @param layers for each layer and device
 * @param stage for each device: what every stage there costs besides its layers
 * @param hops for each pair of devices, from and to: what it costs that one goes on where the other ends; not asked for a device and itself
 * @param enters the same from the embedding to the first layer: nothing is computed there
 * @param again the same from the output to the first layer of the next token
 * @param embedding for each device
 * @param output for each device
 */
public record SearchTables(
        List<List<Long>> layers, List<Long> stage, List<List<Long>> hops, List<List<Long>> enters, List<List<Long>> again,
        List<Long> embedding, List<Long> output, MemoryTables memory) {
    /** A cost that no placement may have. */
    public static final long IMPOSSIBLE = Long.MAX_VALUE;

    public SearchTables {
        layers = layers.stream().map(List::copyOf).toList();
        stage = List.copyOf(stage);
        hops = hops.stream().map(List::copyOf).toList();
        enters = enters.stream().map(List::copyOf).toList();
        again = again.stream().map(List::copyOf).toList();
        embedding = List.copyOf(embedding);
        output = List.copyOf(output);
        if (layers.isEmpty() || stage.isEmpty()) {
            throw new IllegalArgumentException("no layers or no devices");
        }
    }

    /** Where nothing costs anything: whether there is a placement at all. */
    static SearchTables free(int layers, int devices, MemoryTables memory) {
        List<Long> none = Collections.nCopies(devices, 0L);
        List<List<Long>> pairs = Collections.nCopies(devices, none);
        return new SearchTables(Collections.nCopies(layers, none), none, pairs, pairs, pairs, none, none, memory);
    }

    int devices() {
        return stage.size();
    }

    /** Cost of one more layer on {@code device} after {@code before}; {@link #IMPOSSIBLE} for none. */
    long step(int layer, int before, int device) {
        boolean hop = before != device;
        return sum(layers.get(layer).get(device), opens(layer, before, device) ? stage.get(device) : 0,
                hop ? (layer == 0 ? enters : hops).get(before).get(device) : 0);
    }

    /** Cost of the output on {@code device} after {@code before}. */
    long end(int before, int device) {
        return sum(output.get(device), before != device ? hops.get(before).get(device) : 0);
    }

    /** What the next token costs besides, whose first layer is on {@code first}, after an output on {@code device}. */
    long next(int device, int first) {
        return device == first ? 0 : again.get(device).get(first);
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
        return new SearchTables(layers, stage, hops, enters, again, embedding, output, MemoryTables.unlimited(layers.size(), devices()));
    }

    /** The same with {@code more} on every hop: what a change of device must gain at least. */
    SearchTables withHopsDearerBy(long more) {
        return new SearchTables(layers, stage, dearer(hops, more), dearer(enters, more), again, embedding, output, memory);
    }

    private static List<List<Long>> dearer(List<List<Long>> hops, long more) {
        return hops.stream().map(row -> row.stream().map(cost -> sum(cost, more)).toList()).toList();
    }
}
