package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Writes what no call would write into the keys and values that a stage has on its device. */
final class DeviceRows {
    /** More positions than any ring has rows. */
    private static final int ALL = Integer.MAX_VALUE;

    private DeviceRows() {
    }

    /** Every byte of a slot's rows in every layer; fails unless it has arrived on the device. */
    static void fill(TornadoLayerStage stage, int slot, byte value) {
        KvSlots slots = stage.slots();
        try (Arena arena = Arena.ofConfined()) {
            List<MemorySegment> rows = slots.take(slot, ALL, arena);
            rows.forEach(part -> part.fill(value));
            slots.put(slot, ALL, rows);
            List<MemorySegment> arrived = slots.take(slot, ALL, arena);
            for (int i = 0; i < rows.size(); i++) {
                assertEquals(-1, rows.get(i).mismatch(arrived.get(i)), "keys and values " + i + " of slot " + slot);
            }
        }
    }
}
