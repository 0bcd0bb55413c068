package dev.qyclone.profiles.tune;

import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.DeviceKind;
import dev.qyclone.profiles.Footprint;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** What a model takes on devices, as the search wants it. */
public final class TuningMemory {
    private TuningMemory() {
    }

    /**
     * The tables for a context. Devices of kind CPU, those of other runtimes included, share the host's memory.
     *
     * @param tied whether the embedding serves as output matrix too
     * @param context positions that keys and values are counted for
     * @param reserve bytes that stay free in each memory
     */
    public static MemoryTables of(Footprint footprint, boolean tied, List<Device> devices, int context, long reserve) {
        List<Integer> pools = new ArrayList<>();
        List<Long> budgets = new ArrayList<>();
        int host = -1;
        for (Device device : devices) {
            boolean onHost = device.kind() == DeviceKind.CPU;
            if (!onHost || host < 0) {
                budgets.add(Math.max(0, device.memoryBytes() - reserve));
            }
            host = onHost && host < 0 ? budgets.size() - 1 : host;
            pools.add(onHost ? host : budgets.size() - 1);
            if (onHost) {
                budgets.set(host, Math.min(budgets.get(host), Math.max(0, device.memoryBytes() - reserve)));
            }
        }
        int count = devices.size();
        List<List<Long>> layers = IntStream.range(0, footprint.layers().size())
                .mapToObj(layer -> Collections.nCopies(count, footprint.layers().get(layer) + kv(footprint, layer, context))).toList();
        long untied = footprint.output() + (tied ? footprint.embedding() : 0);
        return new MemoryTables(pools, budgets, layers, Collections.nCopies(count, 0L), Collections.nCopies(count, footprint.embedding()),
                Collections.nCopies(count, untied), Collections.nCopies(count, footprint.output()));
    }

    private static long kv(Footprint footprint, int layer, int context) {
        List<Integer> window = footprint.windows().isEmpty() ? List.of() : List.of(footprint.windows().get(layer));
        return new Footprint(0, List.of(0L), 0, footprint.kvPerPosition(), window).kv(context);
    }
}
