package dev.qyclone.bench.tokens;

import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.profiles.Machine;
import dev.qyclone.profiles.MemorySize;
import dev.qyclone.profiles.ModelNeeds;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What all targets that are open take of each memory: each was planned as if it were alone. */
final class OpenMemory {
    private final Map<Device, Long> held = new LinkedHashMap<>();
    private long mapped;
    private Device mappedIn; // null while nothing is mapped

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
        take(output, needs.copiedOutput(output) + needs.outputScratch(output)
                + (placement.outputOptions().repack() ? needs.repackedOutput(output) : 0));
        placement.devices().stream().filter(Machine::isHost).findFirst().ifPresent(host -> {
            mapped = needs.mappedBytes();
            mappedIn = host;
        });
    }

    private void take(Device device, long bytes) {
        held.merge(device, bytes, Long::sum);
    }

    /** The first memory that does not hold all of it, in words. */
    Optional<String> tooMuch() {
        Machine machine = Machine.of(List.copyOf(held.keySet()));
        Map<String, List<Device>> pools = held.keySet().stream()
                .collect(Collectors.groupingBy(machine::pool, LinkedHashMap::new, Collectors.toList()));
        for (List<Device> sharing : pools.values()) {
            Device largest = Collections.max(sharing, Comparator.comparingLong(Device::memoryBytes));
            long taken = sharing.stream().mapToLong(held::get).sum() + (sharing.contains(mappedIn) ? mapped : 0);
            if (taken > largest.memoryBytes()) {
                return Optional.of("the targets that are open take " + MemorySize.rounded(taken) + " together, and " + largest.id()
                        + " has " + MemorySize.rounded(largest.memoryBytes()) + ": measure them in runs of their own");
            }
        }
        return Optional.empty();
    }
}
