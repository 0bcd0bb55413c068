package dev.qyclone.profiles;

import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.DeviceFacts;
import dev.qyclone.engine.stage.DeviceKind;
import dev.qyclone.engine.stage.HalfFloats;
import java.util.ArrayList;
import java.util.List;

/** Machines and models that nobody has. */
final class Invented {
    static final long MIB = 1L << 20;
    static final long GIB = 1L << 30;

    private Invented() {
    }

    static Device device(String id, DeviceKind kind, long memory) {
        return new Device(id, kind, "nobody", "toy", memory, DeviceFacts.NONE, "");
    }

    static Device gpu(String id, long memory) {
        return device(id, DeviceKind.GPU, memory);
    }

    static Device gpuWithBuffers(String id, long memory, long largest) {
        return new Device(id, DeviceKind.GPU, "nobody", "toy", memory, new DeviceFacts(256, 0, largest, 8, HalfFloats.UNKNOWN, ""), "");
    }

    /** {@code cpu} and {@code cpu:scalar} with so much memory, and the others behind them. */
    static Machine machine(long hostMemory, Device... others) {
        List<Device> devices = new ArrayList<>(
                List.of(device("cpu", DeviceKind.CPU, hostMemory), device("cpu:scalar", DeviceKind.CPU, hostMemory)));
        devices.addAll(List.of(others));
        return Machine.of(devices);
    }

    /** Layers of 100 MiB, an untied output and an embedding of 50 MiB, keys and values of 8 KiB a layer and position, no scratch. */
    static ModelNeeds model(int layers) {
        return model(layers, 100 * MIB, false, List.of());
    }

    /** @param windows for each layer, or none */
    static ModelNeeds model(int layers, long bytes, boolean tied, List<Integer> windows) {
        List<LayerNeeds> needs = new ArrayList<>();
        for (int i = 0; i < layers; i++) {
            needs.add(new LayerNeeds(List.of(new WeightRole("qkv", bytes / 4, bytes / 16),
                    new WeightRole("ffn", bytes - bytes / 4, bytes / 16)),
                    windows.isEmpty() ? 0 : windows.get(i)));
        }
        return new ModelNeeds(50 * MIB, tied, needs, new WeightRole("output", 50 * MIB, 50 * MIB), 1024, 1024,
                new ScratchNeeds(0, 0, 0, 0, 0, 0, 0), 32_768);
    }
}
