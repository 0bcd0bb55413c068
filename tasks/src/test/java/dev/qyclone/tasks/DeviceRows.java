package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.tasks.kernels.CacheRows;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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

    /** An element of one position's key, of the first key head of a layer, becomes NaN; keys are F32. */
    static void breakKey(TornadoLayerStage stage, int slot, int layer, int position, ModelConfig config) {
        KvSlots slots = stage.slots();
        try (Arena arena = Arena.ofConfined()) {
            List<MemorySegment> rows = slots.take(slot, position + 1, arena);
            int group = position / CacheRows.LANES * config.kvDim();
            rows.get(2 * layer).setAtIndex(ValueLayout.JAVA_FLOAT, (long) group * CacheRows.LANES + position % CacheRows.LANES, Float.NaN);
            slots.put(slot, position + 1, rows);
        }
    }
}
