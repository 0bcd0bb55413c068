package dev.qyclone.profiles;

import dev.qyclone.engine.stage.Device;

/**
 * One line of a plan: what runs where, what it takes there in bytes, and why.
 *
 * @param part {@code embedding}, {@code output}, or layers such as {@code 0-11}
 * @param mapped whether the weights stay mapped from the file on the host and are not copied
 * @param repacked what copies of mapped weights for decode take besides
 */
public record PlanRow(
        String part, Device device, long weights, boolean mapped, long repacked, long kv, long scratch, String reason) {

    /** Without copies of mapped weights. */
    public PlanRow(String part, Device device, long weights, boolean mapped, long kv, long scratch, String reason) {
        this(part, device, weights, mapped, 0, kv, scratch, reason);
    }

    /** The same with copies of mapped weights. */
    PlanRow withRepacked(long bytes) {
        return bytes == 0 ? this : new PlanRow(part, device, weights, mapped, bytes, kv, scratch,
                reason + "; copied for decode, " + MemorySize.rounded(bytes));
    }
}
