package dev.qyclone.bench.tokens;

import dev.qyclone.engine.cpu.RoundedDecode;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.DeviceKind;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.profiles.ModelNeeds;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What rows say of the target they were measured on.
 *
 * @param device as it was asked for; the devices that a profile came to
 * @param profile that chose the devices, or an empty text
 * @param threads on the host
 * @param kv how keys and values are kept, such as {@code f32}; {@code f16/f32} where layers differ, in the order of the layers
 * @param devices those that run a part of the model; none where the target did not open
 * @param activationBits to which decode on the host rounds activations; 0 where they stay floats
 * @param repackedBytes of copies of weights that the host keeps for decode
 * @param placement the layers in words, such as {@code 0-11 cpu, 12-23 opencl:0:0}
 */
public record TargetFacts(
        String device, String profile, int threads, String kv, int activationBits, long repackedBytes, List<Device> devices,
        String placement, Optional<FirstRun> firstRun, Optional<Parity> parity) {
    public TargetFacts {
        devices = List.copyOf(devices);
    }

    static TargetFacts unopened(BenchTarget target) {
        return new TargetFacts(target.device(), target.profile(), target.threads(), word(target.kvType()), 0, 0, List.of(), "",
                Optional.empty(), Optional.empty());
    }

    static TargetFacts of(BenchTarget target, Model model, Placement placement, FirstRun firstRun, Optional<Parity> parity) {
        List<Device> devices = Stream.concat(
                placement.runs().stream().map(Placement.Run::device), Stream.of(placement.embedding(), placement.output()))
                .distinct().toList();
        String words = placement.runs().stream()
                .map(run -> run.firstLayer() + "-" + (run.firstLayer() + run.count() - 1) + " " + run.device().id())
                .collect(Collectors.joining(", "));
        String named = target.profile().isEmpty() ? target.device()
                : placement.runs().stream().map(run -> run.device().id()).collect(Collectors.joining("/"));
        int bits = RoundedDecode.bits(model, placement);
        String kv = placement.runs().stream().map(run -> word(run.options().kvType())).distinct().collect(Collectors.joining("/"));
        return new TargetFacts(named, target.profile(), target.threads(), kv, bits, repacked(model, placement), devices,
                words + "; output " + placement.output().id(), Optional.of(firstRun), parity);
    }

    private static String word(KvType type) {
        return type.name().toLowerCase(Locale.ROOT);
    }

    private static long repacked(Model model, Placement placement) {
        ModelNeeds needs = ModelNeeds.of(model);
        long layers = placement.runs().stream().filter(run -> run.options().repack()).mapToLong(run ->
                IntStream.range(run.firstLayer(), run.firstLayer() + run.count())
                        .mapToLong(layer -> needs.repacked(layer, run.device())).sum()).sum();
        return layers + (placement.outputOptions().repack() ? needs.repackedOutput(placement.output()) : 0);
    }

    /** True if all weights are read from the host's memory, so that its read limit is the limit of decode. */
    boolean readsHostMemory() {
        return !devices.isEmpty() && devices.stream().allMatch(device -> device.kind() == DeviceKind.CPU);
    }
}
