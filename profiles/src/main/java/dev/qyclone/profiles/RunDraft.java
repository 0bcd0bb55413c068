package dev.qyclone.profiles;

import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageOptions;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A run of layers while it grows, with the arrays that its device must hold. */
final class RunDraft {
    /** TornadoVM's arrays count their elements in 31 bits, some of them taken by a header. */
    static final long MOST_ELEMENTS = Integer.MAX_VALUE - 64L;
    private static final String KEYS = "keys";
    private static final String VALUES = "values";

    final Device device;
    final StageOptions options;
    private final ModelNeeds needs;
    private final int first;
    private final Map<String, Array> arrays = new LinkedHashMap<>();
    private final Set<String> reasons = new LinkedHashSet<>();
    private int count;
    private long weights;
    private long copied;
    private long kv;

    private record Array(long bytes, long elements) {
        Array plus(Array more) {
            return new Array(bytes + more.bytes, elements + more.elements);
        }
    }

    RunDraft(ModelNeeds needs, int first, Device device, StageOptions options) {
        this.needs = needs;
        this.first = first;
        this.device = device;
        this.options = options;
    }

    /**
     * Why the next layer's weights, keys or values do not go into the same arrays, or its largest matrix into the one where prompts have it
     * unpacked; empty where they do.
     */
    Optional<String> refusal(int layer) {
        if (Machine.isHost(device)) {
            return Optional.empty(); // nothing is stacked there
        }
        for (Map.Entry<String, Array> entry : arrays(layer).entrySet()) {
            Array grown = entry.getValue().plus(arrays.getOrDefault(entry.getKey(), new Array(0, 0)));
            Optional<String> refusal = tooLarge(entry.getKey() + " of " + (count == 0 ? "layer " + layer : "layers " + first + "-" + layer),
                    grown);
            if (refusal.isPresent()) {
                return refusal;
            }
        }
        long unpacked = needs.unpacked(device, options);
        return tooLarge("the largest matrix, unpacked to floats for prompts,", new Array(unpacked, unpacked / Float.BYTES));
    }

    private Optional<String> tooLarge(String what, Array array) {
        long largest = device.facts().largestBufferBytes();
        if (largest > 0 && array.bytes > largest) {
            return Optional.of("%s would take %s, the largest array on %s is %s".formatted(
                    what, MemorySize.rounded(array.bytes), device.id(), MemorySize.rounded(largest)));
        }
        return array.elements > MOST_ELEMENTS ? Optional.of(what + " would be more than 2^31 elements in one array") : Optional.empty();
    }

    private Map<String, Array> arrays(int layer) {
        Map<String, Array> more = new LinkedHashMap<>();
        for (WeightRole role : needs.layers().get(layer).roles()) {
            more.put(role.name(), new Array(role.copied(), role.elements()));
        }
        long rows = Math.multiplyExact(needs.rows(layer, device, options), (long) options.sessions());
        more.put(KEYS, new Array(rows * needs.keyWidth() * options.kvType().bytes(), rows * needs.keyWidth()));
        more.put(VALUES, new Array(rows * needs.valueWidth() * options.kvType().bytes(), rows * needs.valueWidth()));
        return more;
    }

    /** Bytes that the next layer takes of the device's memory for good; a new run takes its scratch as well. */
    long held(int layer) {
        return needs.copied(layer, device) + needs.kv(layer, device, options) + (count == 0 ? needs.scratch(device, options) : 0);
    }

    void add(int layer, String reason) {
        arrays(layer).forEach((name, more) -> arrays.merge(name, more, Array::plus));
        weights += needs.layers().get(layer).weights();
        copied += needs.layers().get(layer).copied();
        kv += needs.kv(layer, device, options);
        reasons.add(reason);
        count++;
    }

    int count() {
        return count;
    }

    /** True if a layer with this device and these options belongs to the same run. */
    boolean isAlike(RunDraft other) {
        return device.equals(other.device) && options.equals(other.options);
    }

    Placement.Run run() {
        return new Placement.Run(first, count, device, options, reason());
    }

    PlanRow row() {
        boolean host = Machine.isHost(device);
        String layers = count == 1 ? "" + first : first + "-" + (first + count - 1);
        return new PlanRow(layers, device, host ? weights : copied, host, kv, needs.scratch(device, options), reason());
    }

    private String reason() {
        return String.join("; ", reasons) + words(options.kernels());
    }

    /** What a reason adds where kernels were asked for. */
    static String words(KernelChoice kernels) {
        String family = kernels.family() == KernelFamily.AUTO ? "" : "; kernels " + kernels.family().word();
        return family + (kernels.workGroup() == 0 ? "" : "; work-groups of " + kernels.workGroup());
    }
}
