package dev.qyclone.bench.study.run;

import dev.qyclone.bench.study.CellTarget;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.KernelFamily;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/** Which cells a machine with these devices has. */
public final class StudyTargets {
    private static final List<Integer> WIDTHS = List.of(128, 256, 512);
    private static final String VECTORS = "cpu";
    private static final String REFERENCE = "cpu:scalar";

    private StudyTargets() {
    }

    /**
     * Every device by itself, the reference first (the Vector API in three widths, others in each family of their kernels), then splits:
     * the host with each
     * other device, then the other devices with each other. Where the host is alone its two devices share the layers.
     *
     * @param types {@link CellTarget#STORED} or names of types, each with all of it
     * @param families of a device's kernels
     */
    public static List<CellTarget> all(List<String> types, List<Device> devices, Function<Device, List<KernelFamily>> families) {
        List<CellTarget> targets = new ArrayList<>();
        for (String type : types) {
            devices.stream().sorted(Comparator.comparing(device -> !device.id().equals(REFERENCE)))
                    .forEach(device -> addAlone(targets, type, device, families.apply(device)));
            splits(devices).forEach(split -> targets.add(new CellTarget(type, split, 0, CellTarget.AUTO)));
        }
        return targets;
    }

    /** Such places as were asked for: each is one device, or several that share the layers. */
    public static List<CellTarget> of(
            List<String> types, List<List<Device>> places, Function<Device, List<KernelFamily>> families) {
        List<CellTarget> targets = new ArrayList<>();
        for (String type : types) {
            for (List<Device> place : places) {
                if (place.size() == 1) {
                    addAlone(targets, type, place.getFirst(), families.apply(place.getFirst()));
                } else {
                    targets.add(new CellTarget(type, place.stream().map(Device::id).toList(), 0, CellTarget.AUTO));
                }
            }
        }
        return targets;
    }

    private static void addAlone(List<CellTarget> targets, String type, Device device, List<KernelFamily> families) {
        List<String> ids = List.of(device.id());
        if (device.id().equals(VECTORS)) {
            WIDTHS.forEach(bits -> targets.add(new CellTarget(type, ids, bits, CellTarget.AUTO)));
        } else {
            families.forEach(family -> targets.add(new CellTarget(type, ids, 0, family.word())));
        }
    }

    private static List<List<String>> splits(List<Device> devices) {
        List<String> others = devices.stream().map(Device::id).filter(id -> !CellWork.isHost(id)).toList();
        List<List<String>> splits = new ArrayList<>();
        if (others.isEmpty()) {
            List<String> host = devices.stream().map(Device::id).toList();
            return host.size() < 2 ? List.of() : List.of(host.subList(0, 2));
        }
        if (devices.stream().anyMatch(device -> device.id().equals(VECTORS))) {
            others.forEach(id -> splits.add(List.of(VECTORS, id)));
        }
        for (int a = 0; a < others.size(); a++) {
            for (int b = a + 1; b < others.size(); b++) {
                splits.add(List.of(others.get(a), others.get(b)));
            }
        }
        return splits;
    }
}
