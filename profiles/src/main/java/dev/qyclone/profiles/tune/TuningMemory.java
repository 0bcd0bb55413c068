package dev.qyclone.profiles.tune;

import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.profiles.Machine;
import dev.qyclone.profiles.ModelNeeds;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;

/** What a model takes on devices, as the search wants it. */
final class TuningMemory {
    private TuningMemory() {
    }

    /** For a placement: weights that the host reads where the file is mapped should stay in its memory, too. */
    static MemoryTables of(ModelNeeds needs, List<Device> devices, StageOptions options, long reserve) {
        return tables(needs, devices, options, reserve, true);
    }

    /** For measuring: stages on the host share the mapped weights, however many of them there are. */
    static MemoryTables held(ModelNeeds needs, List<Device> devices, StageOptions options, long reserve) {
        return tables(needs, devices, options, reserve, false);
    }

    /** With copies of weights for decode only where the host holds those of all layers with ease: whatever the context is then. */
    static StageOptions repacking(ModelNeeds needs, List<Device> devices, StageOptions options) {
        long needed = needs.mappedBytes() + needs.repackedBytes();
        boolean held = devices.stream().filter(Machine::isHost).allMatch(host -> needed <= host.memoryBytes() / 4 * 3);
        return options.withRepack(options.repack() && held);
    }

    private static long copied(ModelNeeds needs, int layer, Device device, StageOptions options) {
        return needs.copied(layer, device) + (options.repack() ? needs.repacked(layer, device) : 0);
    }

    private static long copiedOutput(ModelNeeds needs, Device device, StageOptions options) {
        return needs.copiedOutput(device) + (options.repack() ? needs.repackedOutput(device) : 0);
    }

    private static MemoryTables tables(ModelNeeds needs, List<Device> devices, StageOptions options, long reserve, boolean mapped) {
        Machine machine = Machine.of(devices);
        List<String> names = devices.stream().map(machine::pool).distinct().toList();
        List<Long> budgets = new ArrayList<>();
        for (String name : names) {
            long memory = devices.stream().filter(device -> machine.pool(device).equals(name)).mapToLong(Device::memoryBytes).min()
                    .orElseThrow();
            budgets.add(Math.max(0, memory - reserve));
        }
        List<List<Long>> layers = IntStream.range(0, needs.layers().size()).mapToObj(layer -> forEach(devices, device ->
                copied(needs, layer, device, options) + (mapped ? needs.mapped(layer, device) : 0)
                        + needs.kv(layer, device, options))).toList();
        long logits = needs.scratch().output();
        // The embedding is looked up where the file is mapped, whatever device is named.
        return new MemoryTables(devices.stream().map(device -> names.indexOf(machine.pool(device))).toList(), budgets, layers,
                forEach(devices, device -> needs.scratch(device, options)),
                forEach(devices, device -> mapped && Machine.isHost(device) ? needs.embedding() : 0),
                forEach(devices, device -> copiedOutput(needs, device, options)
                        + (mapped && Machine.isHost(device) ? needs.output().bytes() : 0) + logits),
                forEach(devices, device -> copiedOutput(needs, device, options) + (mapped ? needs.mappedOutput(device) : 0) + logits));
    }

    private static List<Long> forEach(List<Device> devices, ToLongFunction<Device> bytes) {
        return devices.stream().mapToLong(bytes).boxed().toList();
    }
}
