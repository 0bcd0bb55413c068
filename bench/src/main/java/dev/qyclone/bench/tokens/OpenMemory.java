package dev.qyclone.bench.tokens;

import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.profiles.Machine;
import dev.qyclone.profiles.MemorySize;
import dev.qyclone.profiles.ModelNeeds;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What all targets that are open take of each memory: each was planned as if it were alone. */
final class OpenMemory {
    private final Map<String, Long> held = new LinkedHashMap<>(); // by pool
    private final Map<String, Device> largest = new HashMap<>();
    private long mapped;
    private String mappedIn = "";

    /** Counts a target, as plans count; weights that the host maps are counted once, since all targets read the same file. */
    void add(Model model, Placement placement) {
        ModelNeeds needs = ModelNeeds.of(model);
        for (Placement.Run run : placement.runs()) {
            Device device = run.device();
            StageOptions options = run.options().withContext(run.options().contextOf(model.config().context()));
            take(device, needs.scratch(device, options));
            for (int layer = run.firstLayer(); layer < run.firstLayer() + run.count(); layer++) {
                take(device, needs.copied(layer, device) + needs.kv(layer, device, options)
                        + (options.repack() ? needs.repacked(layer, device) : 0));
            }
        }
        Device output = placement.output();
        take(output, needs.copiedOutput(output) + needs.scratch().output()
                + (placement.outputOptions().repack() ? needs.repackedOutput(output) : 0));
        placement.devices().stream().filter(Machine::isHost).findFirst().ifPresent(host -> {
            mapped = needs.mappedBytes();
            mappedIn = Machine.pool(host);
        });
    }

    private void take(Device device, long bytes) {
        largest.merge(Machine.pool(device), device, (one, other) -> other.memoryBytes() > one.memoryBytes() ? other : one);
        held.merge(Machine.pool(device), bytes, Long::sum);
    }

    /** The first memory that does not hold all of it, in words. */
    Optional<String> tooMuch() {
        return held.keySet().stream().filter(pool -> taken(pool) > largest.get(pool).memoryBytes()).findFirst().map(pool ->
                "the targets that are open take " + MemorySize.rounded(taken(pool)) + " together, and " + largest.get(pool).id() + " has "
                        + MemorySize.rounded(largest.get(pool).memoryBytes()) + ": measure them in runs of their own");
    }

    private long taken(String pool) {
        return held.get(pool) + (pool.equals(mappedIn) ? mapped : 0);
    }
}
