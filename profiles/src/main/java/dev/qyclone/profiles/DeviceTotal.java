package dev.qyclone.profiles;

import dev.qyclone.engine.stage.Device;

/**
 * What a plan takes of a device, in bytes.
 *
 * @param mapped weights that stay in the file and are read through the memory that is left
 * @param copied weights that are copied, or of mapped ones the copies for decode
 * @param reserve what was to stay free
 */
public record DeviceTotal(Device device, long mapped, long copied, long kv, long scratch, long reserve) {
    DeviceTotal plusCopied(long bytes) {
        return new DeviceTotal(device, mapped, copied + bytes, kv, scratch, reserve);
    }

    /** What must be there at once: all but the mapped weights. */
    public long held() {
        return copied + kv + scratch;
    }

    /** Bytes of the device's memory that are left; negative where mapped weights are read again and again. */
    public long free() {
        return device.memoryBytes() - held() - mapped;
    }
}
