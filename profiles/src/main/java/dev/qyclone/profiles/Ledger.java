package dev.qyclone.profiles;

import dev.qyclone.engine.stage.Device;
import java.util.HashMap;
import java.util.Map;

/** What has been taken of the devices' memories so far. Devices that share a memory see what the others have taken. */
final class Ledger {
    /** Of the host's memory, what keys, values and scratch may take even where the mapped weights alone are larger. */
    private static final int PINNED_SHARE = 4;

    private final Machine machine;
    private final long reserve;
    private final Map<String, Long> held = new HashMap<>();
    private final Map<Device, Long> byDevice = new HashMap<>();
    private long mapped;

    /** @param reserve bytes left free on each device, or {@link Profile#UNSAID} */
    Ledger(Machine machine, long reserve) {
        this.machine = machine;
        this.reserve = reserve;
    }

    long reserve(Device device) {
        if (reserve != Profile.UNSAID) {
            return reserve;
        }
        return Machine.isHost(device) ? 0 : Profile.DEFAULT_RESERVE;
    }

    /** Bytes that can be held besides, weights that stay mapped counted as taken; may be negative. */
    long free(Device device) {
        long own = device.memoryBytes() - byDevice.getOrDefault(device, 0L);
        long shared = machine.poolBytes(device) - held.getOrDefault(machine.pool(device), 0L);
        return Math.min(own, shared - (Machine.isHost(device) ? mapped : 0)) - reserve(device);
    }

    /** True if all of it fits, mapped weights included. */
    boolean fits(Device device, long bytes, long mappedBytes) {
        return bytes + (Machine.isHost(device) ? mappedBytes : 0) <= free(device);
    }

    /** True if it fits on the host even if weights are read from disk again and again. */
    boolean fitsBesideMapped(Device host, long bytes, long mappedBytes) {
        long usable = host.memoryBytes() - reserve(host);
        long limit = Math.max(usable - mapped - mappedBytes, usable / PINNED_SHARE);
        return held.getOrDefault(machine.pool(host), 0L) + bytes <= limit;
    }

    void take(Device device, long bytes) {
        held.merge(machine.pool(device), bytes, Math::addExact);
        byDevice.merge(device, bytes, Math::addExact);
    }

    /** Weights that the host reads where the file is mapped. */
    void map(long bytes) {
        mapped = Math.addExact(mapped, bytes);
    }

    /** Weights that are mapped. */
    long mapped() {
        return mapped;
    }
}
