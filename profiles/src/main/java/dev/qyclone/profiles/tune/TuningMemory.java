package dev.qyclone.profiles.tune;

import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.profiles.Machine;
import dev.qyclone.profiles.ModelNeeds;
import dev.qyclone.profiles.StageArrays;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;

/** What a model takes on devices, as the search wants it. */
final class TuningMemory {
    /** What keys, values and scratch may take of the host's memory where the mapped weights are larger than it: one part in so many. */
    private static final int REREADING_SHARE = 4;

    private TuningMemory() {
    }

    /** For a placement: weights that the host reads where the file is mapped should stay in its memory, too. */
    static MemoryTables of(ModelNeeds needs, List<Device> devices, StageOptions options, long reserve) {
        return tables(needs, devices, options, reserve, true, 1);
    }

    /** For a placement whose weights the host reads from the disk again and again, as plans have it where there is no other way. */
    static MemoryTables rereading(ModelNeeds needs, List<Device> devices, StageOptions options, long reserve) {
        return tables(needs, devices, options, reserve, false, REREADING_SHARE);
    }

    /** For a placement, the first that has one counts: in the memory that there is, or with weights that are read again and again. */
    static List<MemoryTables> ways(ModelNeeds needs, List<Device> devices, StageOptions options, long reserve) {
        return List.of(of(needs, devices, options, reserve), rereading(needs, devices, options, reserve));
    }

    /** For measuring: stages on the host share the mapped weights, however many of them there are. */
    static MemoryTables held(ModelNeeds needs, List<Device> devices, StageOptions options, long reserve) {
        return tables(needs, devices, options, reserve, false, 1);
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

    /** @param hostShare one part in so many is used of the memory that holds the mapped weights */
    private static MemoryTables tables(
            ModelNeeds needs, List<Device> devices, StageOptions options, long reserve, boolean mapped, int hostShare) {
        Machine machine = Machine.of(devices);
        List<String> names = devices.stream().map(machine::pool).distinct().toList();
        List<Long> budgets = new ArrayList<>();
        for (String name : names) {
            long memory = devices.stream().filter(device -> machine.pool(device).equals(name)).mapToLong(Device::memoryBytes).min()
                    .orElseThrow();
            boolean host = devices.stream().anyMatch(device -> Machine.isHost(device) && machine.pool(device).equals(name));
            budgets.add(Math.max(0, memory - reserve) / (host ? hostShare : 1));
        }
        // No budget has room for what no array holds.
        long tooLarge = budgets.stream().mapToLong(Long::longValue).max().orElse(0) + 1;
        List<List<Long>> layers = IntStream.range(0, needs.layers().size()).mapToObj(layer -> forEach(devices, device ->
                !new StageArrays(needs, device, options).hold(layer) ? tooLarge
                        : copied(needs, layer, device, options) + (mapped ? needs.mapped(layer, device) : 0)
                        + needs.kv(layer, device, options))).toList();
        // The embedding is looked up where the file is mapped, whatever device is named.
        return new MemoryTables(devices.stream().map(device -> names.indexOf(machine.pool(device))).toList(), budgets, layers,
                forEach(devices, device -> needs.scratch(device, options)),
                forEach(devices, device -> mapped && Machine.isHost(device) ? needs.embedding() : 0),
                forEach(devices, device -> output(needs, device, options, tooLarge,
                        mapped && Machine.isHost(device) ? needs.output().bytes() : 0)),
                forEach(devices, device -> output(needs, device, options, tooLarge, mapped ? needs.mappedOutput(device) : 0)));
    }

    private static long output(ModelNeeds needs, Device device, StageOptions options, long tooLarge, long mapped) {
        return new StageArrays(needs, device, options).holdOutput()
                ? copiedOutput(needs, device, options) + mapped + needs.outputScratch(device) : tooLarge;
    }

    private static List<Long> forEach(List<Device> devices, ToLongFunction<Device> bytes) {
        return devices.stream().mapToLong(bytes).boxed().toList();
    }
}
