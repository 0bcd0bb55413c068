package dev.qyclone.tasks;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.stage.Device;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What this process has taken of a device's memory. Drivers tell what a device has, not what is free, and some only fail when memory
 * is first written; so stages ask here before anything is uploaded.
 */
final class DeviceMemory {
    private static final double MIB = 1 << 20;

    private final Device device;
    private long taken;

    DeviceMemory(Device device) {
        this.device = device;
    }

    /** Memory that a stage has until it gives it back. */
    @FunctionalInterface
    interface Share {
        /** Gives it back; a second call does nothing. */
        void giveBack();
    }

    /**
     * Takes memory for a stage.
     *
     * @param whose the stage, for the message
     * @param parts bytes by what they are for
     * @param largest bytes of the largest array
     * @throws EngineException OUT_OF_MEMORY with all parts if the device has less than that besides what is taken, or allows no
     *     array as large
     */
    synchronized Share take(String whose, Map<String, Long> parts, long largest) {
        long wanted = parts.values().stream().mapToLong(Long::longValue).sum();
        if (device.memoryBytes() > 0 && wanted > device.memoryBytes() - taken) {
            String sum = parts.entrySet().stream().map(part -> part.getKey() + " " + words(part.getValue()))
                    .collect(Collectors.joining(" + "));
            throw new EngineException(ErrorCode.OUT_OF_MEMORY, device.id() + " has too little memory for " + whose)
                    .expected("at most " + words(device.memoryBytes() - taken)
                            + (taken == 0 ? "" : ", as other stages have " + words(taken) + " of " + words(device.memoryBytes())))
                    .got(sum + " = " + words(wanted)).remedy("give it fewer layers, or a smaller --ctx");
        }
        long allowed = device.facts().largestBufferBytes();
        if (allowed > 0 && largest > allowed) {
            throw new EngineException(ErrorCode.OUT_OF_MEMORY, device.id() + " allows no array as large as " + whose + " need")
                    .expected("at most " + words(allowed)).got(words(largest))
                    .remedy("give it fewer layers in one run, or a smaller --ctx");
        }
        taken += wanted;
        return new Share() {
            private boolean given;

            @Override
            public void giveBack() {
                synchronized (DeviceMemory.this) {
                    taken -= given ? 0 : wanted;
                    given = true;
                }
            }
        };
    }

    /** Bytes that stages have. */
    synchronized long taken() {
        return taken;
    }

    private static String words(long bytes) {
        return String.format(Locale.ROOT, "%.1f MiB", bytes / MIB);
    }
}
