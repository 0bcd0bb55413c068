package dev.qyclone.engine.stage;

/**
 * A place where layers can run.
 *
 * @param id what the user types: {@code cpu}, {@code cpu:scalar}, {@code opencl:0:0}
 * @param name vendor's name of it
 * @param memoryBytes memory it has for weights, caches and scratch
 * @param facts its limits and its driver
 * @param note how it was chosen and what would give more, in words for the user
 */
public record Device(String id, DeviceKind kind, String vendor, String name, long memoryBytes, DeviceFacts facts, String note) {
}
