package dev.qyclone.tasks;

import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.ops.KvCache;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.tasks.kernels.CacheRows;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/**
 * Random keys and values of the positions before a check's calls: the same in the reference's cache and in a slot of the layer, where
 * they go as the rows of a session do that has rested on the host.
 */
final class EarlierRows {
    /**
     * Positions of full attention: in a call of a single row, work-groups share them in eight shares of two tiles of keys, items in up to
     * two of 15 or 16; and no multiple of anything.
     */
    private static final int FULL = 491;
    /** With fewer there is nothing that calls at the beginning do not show. */
    private static final int LEAST = 64;
    /** Positions behind a whole ring: so many of its rows have been taken again. */
    private static final int AROUND = 107;
    /** The largest ring that is filled: a window of 4096 and a call. */
    private static final int LARGEST_RING = 5120;

    private final CheckedLayer layer;
    private final ModelConfig config;
    private final KvType type;
    private final int positions;
    private final float[] keys; // (positions, kvDim), turned
    private final float[] values; // (positions, kvDim)

    /**
     * @param key (kvDim), turned, that the random ones lie about, so that a query sees them and the call's own alike
     * @param spread by key head, how far they lie about it
     */
    EarlierRows(CheckedLayer layer, int positions, float[] key, double[] spread, Random random) {
        this.layer = layer;
        this.config = layer.config();
        this.type = layer.options().kvType();
        this.positions = positions;
        this.keys = new float[Math.multiplyExact(positions, config.kvDim())];
        this.values = new float[keys.length];
        for (int i = 0; i < keys.length; i++) {
            int within = i % config.kvDim();
            keys[i] = (float) (key[within] + spread[within / config.headDim()] * uniform(random));
            values[i] = (float) uniform(random);
        }
    }

    /** Of mean 0 and variance 1; cheaper than a normal distribution. */
    private static double uniform(Random random) {
        return (2 * random.nextFloat() - 1) * Math.sqrt(3);
    }

    /**
     * How many positions there shall be before calls of {@code rows} rows in all: so many that a ring with a window has come round, if
     * that is not too large.
     *
     * @return 0 where the context is too short for any
     */
    static int count(CheckedLayer layer, int rows) {
        int room = layer.options().contextOf(layer.config().context()) - rows;
        int ring = layer.pool().capacity(layer.index());
        if (layer.pool().window(layer.index()) > 0 && ring <= LARGEST_RING && ring + AROUND <= room) {
            return ring + AROUND;
        }
        return Math.min(FULL, room) < LEAST ? 0 : Math.min(FULL, room);
    }

    /** Makes them the beginning of a cache. */
    void appendTo(KvCache cache) {
        cache.append(keys, values, positions);
    }

    /**
     * Makes them the rows of a slot, as far as its ring holds them; what is beside them there becomes NaN. Layers before this one have rows
     * of zeros: a call goes through them, and what it finds there has only to be numbers.
     */
    void putInto(int slot) {
        KvPool pool = layer.pool();
        int ring = pool.capacity(layer.index());
        int held = Math.min(positions, ring);
        int width = CacheRows.valueWidth(config.headDim());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment zeros = arena.allocate(
                    (long) Math.max(pool.keyElements(positions), pool.valueElements(positions)) * type.bytes(), Long.BYTES);
            for (int before = 0; before < layer.index(); before++) {
                put(before, slot, Math.min(positions, pool.capacity(before)), zeros, zeros);
            }
            MemorySegment placedKeys = arena.allocate((long) pool.keyElements(held) * type.bytes(), Long.BYTES).fill((byte) -1);
            MemorySegment placedValues = arena.allocate((long) pool.valueElements(held) * type.bytes(), Long.BYTES).fill((byte) -1);
            for (int position = positions - held; position < positions; position++) {
                int row = position % ring;
                for (int i = 0; i < config.kvDim(); i++) {
                    int head = i / config.headDim();
                    int d = i % config.headDim();
                    int from = position * config.kvDim() + i;
                    // As CacheRows says.
                    put(placedKeys, ((row / CacheRows.LANES * config.kvHeads() + head) * config.headDim() + d) * CacheRows.LANES
                            + row % CacheRows.LANES, keys[from]);
                    put(placedValues, (row * config.kvHeads() + head) * width + d, values[from]);
                }
            }
            put(layer.index(), slot, held, placedKeys, placedValues);
        }
    }

    private void put(int index, int slot, int rows, MemorySegment placedKeys, MemorySegment placedValues) {
        KvPool pool = layer.pool();
        layer.moves().putKeys(pool.firstKey(index, slot), pool.keyElements(rows), placedKeys);
        layer.moves().putValues(pool.firstValue(index, slot), pool.valueElements(rows), placedValues);
    }

    private void put(MemorySegment rows, int index, float value) {
        switch (type) {
            case F32 -> rows.setAtIndex(ValueLayout.JAVA_FLOAT, index, value);
            case F16 -> rows.setAtIndex(ValueLayout.JAVA_SHORT, index, Float.floatToFloat16(value));
        }
    }
}
