package dev.qyclone.bench.study;

import dev.qyclone.engine.stage.Device;
import java.util.Locale;

/**
 * A device of a cell, as it described itself.
 *
 * @param kind such as {@code gpu}
 * @param note how it was chosen; for TornadoVM's devices with TornadoVM's version
 */
public record CellDevice(String id, String kind, String vendor, String name, long memoryBytes, String driver, String note) {
    /** What the report says of a device. */
    public static CellDevice of(Device device) {
        return new CellDevice(device.id(), device.kind().name().toLowerCase(Locale.ROOT), device.vendor(), device.name(),
                device.memoryBytes(), device.facts().driver(), device.note());
    }
}
