package dev.qyclone.tasks;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Which session computes in which slot of the pool. A session takes a slot when it first computes; where all are taken, the one
 * that was used longest ago rests: its rows go to the host until it computes again.
 */
final class KvSlots {
    /** Copies rows between the pool's keys and values and the host: elements {@code [first, first + count)} of the pool. */
    interface Moves {
        void takeKeys(int first, int count, MemorySegment target);

        void takeValues(int first, int count, MemorySegment target);

        void putKeys(int first, int count, MemorySegment source);

        void putValues(int first, int count, MemorySegment source);
    }

    private final KvPool pool;
    private final Moves moves;
    private final Deque<Integer> free = new ArrayDeque<>();
    private final List<TornadoStageCache> active = new ArrayList<>(); // used longest ago first

    KvSlots(KvPool pool, Moves moves, int slots) {
        this.pool = pool;
        this.moves = moves;
        for (int slot = 0; slot < slots; slot++) {
            free.add(slot);
        }
    }

    KvPool pool() {
        return pool;
    }

    /** The slot of a session, which has all its rows on the device then. Where rows cannot be moved, every session stays as it was. */
    int activate(TornadoStageCache cache) {
        if (cache.slot() < 0) {
            if (free.isEmpty()) {
                active.getFirst().rest();
            }
            cache.enter(free.getFirst());
            free.removeFirst();
        }
        active.remove(cache);
        active.add(cache);
        return cache.slot();
    }

    /** Takes a slot back. */
    void release(TornadoStageCache cache, int slot) {
        active.remove(cache);
        free.add(slot);
    }

    /** The rows of a slot that hold {@code length} positions, on the host. */
    List<MemorySegment> take(int slot, int length, Arena arena) {
        List<MemorySegment> rows = new ArrayList<>();
        int size = pool.keys.getElementSize();
        for (int layer = 0; layer < pool.layerCount(); layer++) {
            int held = Math.min(length, pool.capacity(layer));
            MemorySegment keys = arena.allocate(Math.max(1, (long) pool.keyElements(held) * size), Long.BYTES);
            MemorySegment values = arena.allocate(Math.max(1, (long) pool.valueElements(held) * size), Long.BYTES);
            moves.takeKeys(pool.firstKey(layer, slot), pool.keyElements(held), keys);
            moves.takeValues(pool.firstValue(layer, slot), pool.valueElements(held), values);
            rows.add(keys);
            rows.add(values);
        }
        return rows;
    }

    /** Puts rows that {@link #take} gave, or rows like them, into a slot. */
    void put(int slot, int length, List<MemorySegment> rows) {
        for (int layer = 0; layer < pool.layerCount(); layer++) {
            int held = Math.min(length, pool.capacity(layer));
            moves.putKeys(pool.firstKey(layer, slot), pool.keyElements(held), rows.get(2 * layer));
            moves.putValues(pool.firstValue(layer, slot), pool.valueElements(held), rows.get(2 * layer + 1));
        }
    }
}
