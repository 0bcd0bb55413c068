package dev.qyclone.profiles;

import dev.qyclone.engine.stage.Device;
import java.util.List;

/**
 * What a plan takes of a device, in bytes.
 *
 * @param memory where its memory lies; devices of a plan that have the same one share it
 * @param mapped weights that stay in the file and are read through the memory that is left
 * @param copied weights that are copied, or of mapped ones the copies for decode
 * @param reserve what was to stay free
 * @param others what the plan's other devices take of the part of the memory that this one says it has
 */
public record DeviceTotal(
        Device device, String memory, long mapped, long copied, long kv, long scratch, long reserve, long others) {

    /** Each with what the others take of its memory. */
    static List<DeviceTotal> sharing(List<DeviceTotal> totals) {
        return totals.stream().map(total -> total.beside(totals)).toList();
    }

    /** A driver may give its device a part of the host's memory: the others fill the rest of it first. Mapped weights are the host's. */
    private DeviceTotal beside(List<DeviceTotal> totals) {
        List<DeviceTotal> sharing = totals.stream().filter(other -> other.memory.equals(memory)).toList();
        long rest = sharing.stream().mapToLong(other -> other.device.memoryBytes()).max().orElseThrow() - device.memoryBytes();
        long taken = sharing.stream().filter(other -> !other.device.equals(device))
                .mapToLong(other -> other.held() + (Machine.isHost(device) ? other.mapped : 0)).sum();
        return new DeviceTotal(device, memory, mapped, copied, kv, scratch, reserve, Math.max(0, taken - rest));
    }

    DeviceTotal plusCopied(long bytes) {
        return new DeviceTotal(device, memory, mapped, copied + bytes, kv, scratch, reserve, others);
    }

    /** What must be there at once: all but the mapped weights. */
    public long held() {
        return copied + kv + scratch;
    }

    /** Bytes of the device's memory that it and the others leave; negative where mapped weights are read again and again. */
    public long free() {
        return device.memoryBytes() - held() - mapped - others;
    }
}
