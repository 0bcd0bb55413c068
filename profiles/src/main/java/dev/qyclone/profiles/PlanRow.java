package dev.qyclone.profiles;

import dev.qyclone.engine.stage.Device;

/**
 * One line of a plan: what runs where, what it takes there in bytes, and why.
 *
 * @param part {@code embedding}, {@code output}, or layers such as {@code 0-11}
 * @param mapped whether the weights stay mapped from the file on the host and are not copied
 */
public record PlanRow(String part, Device device, long weights, boolean mapped, long kv, long scratch, String reason) {
}
