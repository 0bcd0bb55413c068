package dev.qyclone.profiles.tune;

import java.util.Collections;
import java.util.List;

/**
 * What a placement takes, in bytes, and what there is. Devices that share one memory, such as {@code cpu} and {@code cpu:scalar},
 * share a pool.
 *
 * @param pools for each device the pool that it takes from
 * @param budgets of each pool, what is to stay free already taken off
 * @param layers for each layer and device: weights, keys and values
 * @param stage for each device: what every stage takes besides its layers
 * @param embedding for each device
 * @param output for each device
 * @param tiedOutput for each device: the same if the embedding lies in the same pool and serves as output matrix too
 */
public record MemoryTables(
        List<Integer> pools, List<Long> budgets, List<List<Long>> layers, List<Long> stage, List<Long> embedding, List<Long> output,
        List<Long> tiedOutput) {

    public MemoryTables {
        pools = List.copyOf(pools);
        budgets = List.copyOf(budgets);
        layers = layers.stream().map(List::copyOf).toList();
        stage = List.copyOf(stage);
        embedding = List.copyOf(embedding);
        output = List.copyOf(output);
        tiedOutput = List.copyOf(tiedOutput);
    }

    /** As much as everyone wants. */
    public static MemoryTables unlimited(int layers, int devices) {
        List<Long> zeros = Collections.nCopies(devices, 0L);
        return new MemoryTables(Collections.nCopies(devices, 0), List.of(Long.MAX_VALUE),
                Collections.nCopies(layers, zeros), zeros, zeros, zeros, zeros);
    }

    /** The tables of one of the devices. */
    MemoryTables only(int device) {
        return new MemoryTables(List.of(0), List.of(budgets.get(pools.get(device))),
                layers.stream().map(row -> List.of(row.get(device))).toList(), List.of(stage.get(device)),
                List.of(embedding.get(device)), List.of(output.get(device)), List.of(tiedOutput.get(device)));
    }

    /** What a placement leaves of each pool; less than nothing where it takes more than there is. */
    long[] left(Assignment assignment) {
        long[] left = budgets.stream().mapToLong(Long::longValue).toArray();
        for (int layer = 0; layer < assignment.layers().size(); layer++) {
            int device = assignment.layers().get(layer);
            left[pools.get(device)] -= layers.get(layer).get(device) + (assignment.begins(layer) ? stage.get(device) : 0);
        }
        left[pools.get(assignment.embedding())] -= embedding.get(assignment.embedding());
        left[pools.get(assignment.output())] -= output(assignment.embedding(), assignment.output());
        return left;
    }

    long output(int embeddingDevice, int device) {
        boolean shared = pools.get(embeddingDevice).equals(pools.get(device));
        return (shared ? tiedOutput : output).get(device);
    }
}
